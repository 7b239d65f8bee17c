import { IsIn, ValidateIf } from 'class-validator';

/** Selects which of the caller's sessions end; without `all`, the current one stays. */
export class EndSessionsQuery {
  @ValidateIf((query: EndSessionsQuery) => query.all !== undefined)
  @IsIn(['true'])
  all?: 'true';
}
