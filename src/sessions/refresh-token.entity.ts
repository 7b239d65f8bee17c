import { Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { Account } from '../accounts/account.entity.js';
import { BaseEntity } from '../database/base.entity.js';
import { millisecondsColumn } from '../database/column-types.js';
import { entityNamed } from '../database/entity-references.js';

/**
 * One session, which a sign-in begins and refreshes continue.
 *
 * The token itself is not stored: it is derived from this row and a key that is kept elsewhere. So a copy of the table
 * cannot be used to sign in (S-45), and a refresh never adds a row.
 */
@Entity({ name: 'refresh_tokens', synchronize: false })
@Index('refresh_tokens_user_id', ['userId', 'revokedAt'])
@Index('refresh_tokens_api_key_id', ['apiKeyId', 'revokedAt'])
export class RefreshToken extends BaseEntity {
  @Index('refresh_tokens_account_id')
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @ManyToOne(() => Account, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'account_id', foreignKeyConstraintName: 'refresh_tokens_account_id_fk' })
  account?: Account;

  @Column({ name: 'user_id', type: 'varchar', length: 36, nullable: true })
  userId!: string | null;

  // By name, because this room must not import the rooms of users and API keys above it.
  @ManyToOne(entityNamed('User'), { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'refresh_tokens_user_id_fk' })
  user?: object | null;

  /** Set when an API key signed in instead of a user. */
  @Column({ name: 'api_key_id', type: 'varchar', length: 36, nullable: true })
  apiKeyId!: string | null;

  @ManyToOne(entityNamed('ApiKey'), { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'api_key_id', foreignKeyConstraintName: 'refresh_tokens_api_key_id_fk' })
  apiKey?: object | null;

  /**
   * 256 random bits in base64url that go into the token's derivation; `null` when the grant gave no refresh token (RFC
   * 6749 §4.4.3), so that none can be derived.
   */
  @Column({ type: 'varchar', length: 43, nullable: true, select: false })
  salt!: string | null;

  /**
   * Id of the key that the current refresh token was derived with at its grant or rotation; `null` for sessions without
   * a refresh token, and for those that are older than this column.
   */
  @Column({ name: 'key_id', type: 'varchar', length: 16, nullable: true, select: false })
  keyId!: string | null;

  /** How often the refresh token was rotated; only the token of this generation is current. */
  @Column({ type: Number })
  generation!: number;

  /** Generation of the newest access tokens, which rotate along with the refresh token (contract §3). */
  @Column({ name: 'access_generation', type: Number, default: 0 })
  accessGeneration!: number;

  /** Space-separated names the grant was narrowed to; `null`: all that the role holds. */
  @Column({ type: 'varchar', length: 1000, nullable: true })
  scope!: string | null;

  /** Set at the grant and never moved (S-46). */
  @Index('refresh_tokens_expires_at')
  @Column(millisecondsColumn('expires_at'))
  expiresAt!: number;

  /** When the refresh token was rotated last. */
  @Column({ ...millisecondsColumn('rotated_at'), nullable: true })
  rotatedAt!: number | null;

  /** When the access generation took its last step, with or without a rotation. */
  @Column({ ...millisecondsColumn('stepped_at'), nullable: true })
  steppedAt!: number | null;

  @Column({ ...millisecondsColumn('revoked_at'), nullable: true })
  revokedAt!: number | null;

  @Column(millisecondsColumn('last_accessed_at'))
  lastAccessedAt!: number;

  @Column({ name: 'ip_address', type: 'varchar', length: 45 })
  ipAddress!: string;

  @Column({ name: 'user_agent', type: 'varchar', length: 255, nullable: true })
  userAgent!: string | null;
}
