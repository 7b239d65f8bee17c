import { Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { Account } from '../accounts/account.entity.js';
import { BaseEntity } from '../database/base.entity.js';
import { ApiKey } from './api-key.entity.js';

/**
 * A secret that was issued under an `Idempotency-Key`: the same request within ten minutes gets the same answer. The
 * secret is derived from this row, a server key and the client's `Idempotency-Key`. The table holds only a digest of
 * the latter, so that it does not reveal the secret.
 */
@Entity({ name: 'api_key_issues', synchronize: false })
export class ApiKeyIssue extends BaseEntity {
  @Index('api_key_issues_account_id')
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @ManyToOne(() => Account, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'account_id', foreignKeyConstraintName: 'api_key_issues_account_id_fk' })
  account?: Account;

  @Index('api_key_issues_api_key_id')
  @Column({ name: 'api_key_id', type: 'varchar', length: 36 })
  apiKeyId!: string;

  @ManyToOne(() => ApiKey, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'api_key_id', foreignKeyConstraintName: 'api_key_issues_api_key_id_fk' })
  apiKey?: ApiKey;

  /** SHA-256 over the caller and the `Idempotency-Key`. */
  @Index('api_key_issues_caller_digest', { unique: true })
  @Column({ name: 'caller_digest', type: 'varchar', length: 64 })
  callerDigest!: string;

  /** SHA-256 over the request: another request under the same `Idempotency-Key` is refused. */
  @Column({ name: 'request_digest', type: 'varchar', length: 64 })
  requestDigest!: string;

  /** 256 random bits in base64url that go into the secret's derivation. */
  @Column({ type: 'varchar', length: 43 })
  salt!: string;
}
