import { invalidRequest } from '../validation/validation.pipe.js';
import { ApiPropertyOptional } from '../openapi/swagger.js';
import { IsString, Matches, MaxLength, ValidateIf } from 'class-validator';

export const DEFAULT_PAGE_SIZE = 50;
/** Largest page (S-34). */
const MAX_PAGE_SIZE = 100;

export class PageQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE_SIZE,
    default: DEFAULT_PAGE_SIZE,
    description: 'How many at most',
  })
  @ValidateIf((query: PageQuery) => query.limit !== undefined)
  @Matches(/^(?:[1-9]\d?|100)$/, { message: `$property must be 1 to ${MAX_PAGE_SIZE}` })
  @IsString()
  limit?: string;

  @ApiPropertyOptional({ description: 'Where to go on: take it from `Link` of the page before' })
  @ValidateIf((query: PageQuery) => query.cursor !== undefined)
  @MaxLength(100)
  @IsString()
  cursor?: string;
}

/**
 * The query of a page that a host's code asks for, under the same rules.
 *
 * @throws CodedException 40001
 */
export function pageQuery({
  limit,
  cursor,
}: {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}): PageQuery {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE_SIZE)) {
    throw invalidRequest([{ field: 'limit', message: `limit must be 1 to ${MAX_PAGE_SIZE}` }]);
  }
  return {
    ...(limit !== undefined && { limit: String(limit) }),
    ...(cursor !== undefined && { cursor }),
  };
}
