import { Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { Account } from '../accounts/account.entity.js';
import { BaseEntity } from '../database/base.entity.js';
import { millisecondsColumn, wordsColumn } from '../database/column-types.js';
import { ReferredToAs } from '../database/entity-references.js';
import { MAX_SCOPE_NAME } from '../scopes/scope-table.js';

/** A credential for programs. It belongs to the account and stays when the user who created it is deleted. */
@ReferredToAs('ApiKey')
@Entity({ name: 'api_keys', synchronize: false })
@Index('api_keys_account_id_created_at', ['accountId', 'createdAt', 'id'])
export class ApiKey extends BaseEntity {
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @ManyToOne(() => Account, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'account_id', foreignKeyConstraintName: 'api_keys_account_id_fk' })
  account?: Account;

  /** Id of the user or API key that created it, which may have been deleted since. */
  @Column({ name: 'created_by', type: 'varchar', length: 36 })
  createdBy!: string;

  @Column({ type: 'varchar', length: 100 })
  name!: string;

  /** The public half, which identifies the key and authenticates nothing. */
  @Index('api_keys_key', { unique: true })
  @Column({ type: 'varchar', length: 37 })
  key!: string;

  /** SHA-256 of the secret, in hex: 256 random bits need no slow hash (S-81). */
  @Column({ name: 'secret_digest', type: 'varchar', length: 64, select: false })
  secretDigest!: string;

  /** Digest of the secret before the last rotation, valid until `previousValidUntil`. */
  @Column({
    name: 'previous_secret_digest',
    type: 'varchar',
    length: 64,
    nullable: true,
    select: false,
  })
  previousSecretDigest!: string | null;

  @Column({ ...millisecondsColumn('previous_valid_until'), nullable: true })
  previousValidUntil!: number | null;

  @Column({ type: 'varchar', length: MAX_SCOPE_NAME })
  role!: string;

  /** Addresses and CIDRs that it may be used from; `null` for any. */
  @Column({ ...wordsColumn('allowed_ips'), length: 1000, nullable: true })
  allowedIps!: readonly string[] | null;

  @Column({ ...millisecondsColumn('expires_at'), nullable: true })
  expiresAt!: number | null;

  @Column({ ...millisecondsColumn('revoked_at'), nullable: true })
  revokedAt!: number | null;

  /** Exact to the minute. */
  @Column({ ...millisecondsColumn('last_accessed_at'), nullable: true })
  lastAccessedAt!: number | null;
}
