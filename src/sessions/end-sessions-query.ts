import { ApiPropertyOptional } from '../common/openapi/swagger.js';
import { IsIn, ValidateIf } from 'class-validator';

/** Which of the caller's sessions end: absent, all but the calling one. */
export class EndSessionsQuery {
  @ApiPropertyOptional({ enum: ['true'], description: 'The calling session too' })
  @ValidateIf((query: EndSessionsQuery) => query.all !== undefined)
  @IsIn(['true'])
  all?: 'true';
}
