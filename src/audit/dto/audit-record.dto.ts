import { ApiProperty } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import type { AuditRecord } from '../audit-record.entity.js';

/** One act of the audit trail. */
@OwnSchema()
export class AuditRecordDto {
  @ApiProperty({ format: 'uuid', example: '1b4e28ba-2fa1-4d2b-883f-0016d3cca427' })
  id!: string;

  @ApiProperty({ type: 'integer', example: 1712531293539, description: 'In ms since the epoch' })
  at!: number;

  @ApiProperty({ example: 'api_key.revoked' })
  event!: string;

  @ApiProperty({ enum: ['success', 'failure'], example: 'success' })
  outcome!: string;

  @ApiProperty({
    example: '6d7a0f0c-53a1-4d5e-9f86-3b9f0f3e6a52',
    description: 'A user or API key; for any other actor the same as `actor_type`',
  })
  actor_id!: string;

  @ApiProperty({
    enum: ['user', 'api_key', 'application', 'system', 'anonymous'],
    example: 'user',
  })
  actor_type!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '0f8fad5b-d9cb-469f-a165-70867728950e',
    description: 'The user, API key, role, session or account that it concerns',
  })
  target_id!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '192.0.2.7',
    description: '`null` where no request caused it',
  })
  ip_address!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    description: '`X-Request-Id` of the request',
  })
  request_id!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  reason!: string | null;
}

export function auditRecordDto(record: AuditRecord): AuditRecordDto {
  return {
    id: record.id,
    at: record.createdAt,
    event: record.event,
    outcome: record.outcome,
    actor_id: record.actorId,
    actor_type: record.actorType,
    target_id: record.targetId,
    ip_address: record.ipAddress,
    request_id: record.requestId,
    reason: record.reason,
  };
}
