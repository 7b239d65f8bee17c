import { ApiProperty } from '../common/openapi/swagger.js';
import { OwnSchema } from '../common/openapi/own-schema.decorator.js';
import type { RefreshToken } from './refresh-token.entity.js';

/** A live session, as its holder or the account's administrators see it. */
@OwnSchema()
export class SessionView {
  @ApiProperty({ format: 'uuid', example: '9f4f7b2e-2f5d-4c1c-9a55-7d0a52a4a1de' })
  id!: string;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  last_accessed_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1715123293539 })
  expires_at!: number;

  @ApiProperty({ example: '192.0.2.7' })
  ip_address!: string;

  @ApiProperty({ type: String, nullable: true, example: 'curl/8.10.1' })
  user_agent!: string | null;
}

export function sessionView(session: RefreshToken): SessionView {
  return {
    id: session.id,
    created_at_utc: session.createdAt,
    last_accessed_at_utc: session.lastAccessedAt,
    expires_at: session.expiresAt,
    ip_address: session.ipAddress,
    user_agent: session.userAgent,
  };
}
