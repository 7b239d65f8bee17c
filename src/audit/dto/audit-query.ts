import { IsString, Matches, ValidateIf } from 'class-validator';
import { ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { PageQuery } from '../../common/paging/page-query.js';
import type { AuditFilters } from '../audit-records.repository.js';

const EVENT = /^[a-z_]{1,32}\.[a-z_]{1,31}$/;
const ID = /^[\da-z-]{1,36}$/;
/** As many digits as a number holds exactly. */
const TIME = /^\d{1,15}$/;

/** Conditions of the list, all of which a record meets. */
export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'sign_in.failed' })
  @ValidateIf((query: AuditQuery) => query.event !== undefined)
  @Matches(EVENT, { message: '$property must be the name of an event' })
  @IsString()
  event?: string;

  @ApiPropertyOptional({ description: 'Id of a user or API key, or for another actor its type' })
  @ValidateIf((query: AuditQuery) => query.actor_id !== undefined)
  @Matches(ID, { message: '$property must be an id' })
  @IsString()
  actor_id?: string;

  @ApiPropertyOptional({ description: 'Id of a user, API key, role, session or account' })
  @ValidateIf((query: AuditQuery) => query.target_id !== undefined)
  @Matches(ID, { message: '$property must be an id' })
  @IsString()
  target_id?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Earliest time, in ms since the epoch' })
  @ValidateIf((query: AuditQuery) => query.from !== undefined)
  @Matches(TIME, { message: '$property must be a time in ms since the epoch' })
  @IsString()
  from?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Latest time, in ms since the epoch' })
  @ValidateIf((query: AuditQuery) => query.to !== undefined)
  @Matches(TIME, { message: '$property must be a time in ms since the epoch' })
  @IsString()
  to?: string;
}

export function auditFilters({ event, actor_id, target_id, from, to }: AuditQuery): AuditFilters {
  return {
    event,
    actorId: actor_id,
    targetId: target_id,
    from: from === undefined ? undefined : Number(from),
    to: to === undefined ? undefined : Number(to),
  };
}
