import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { millisecondsColumn } from '../database/column-types.js';

/**
 * One act, as the audit trail has it (S-147, S-148). The service only inserts and reads these rows, until the retention
 * ends. They have ids and no personal data but the client address, and no foreign key, so that they outlive their account.
 */
@Entity({ name: 'audit_records', synchronize: false })
@Index('audit_records_account_id_created_at', ['accountId', 'createdAt', 'id'])
@Index('audit_records_account_id_event', ['accountId', 'event', 'createdAt', 'id'])
@Index('audit_records_account_id_actor_id', ['accountId', 'actorId', 'createdAt', 'id'])
@Index('audit_records_account_id_target_id', ['accountId', 'targetId', 'createdAt', 'id'])
export class AuditRecord {
  /** The id of the event. */
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  /** Time of the event. */
  @Index('audit_records_created_at')
  @Column(millisecondsColumn('created_at'))
  createdAt!: number;

  /** `null` for an event of the whole service. */
  @Column({ name: 'account_id', type: 'varchar', length: 36, nullable: true })
  accountId!: string | null;

  @Column({ type: 'varchar', length: 64 })
  event!: string;

  @Column({ type: 'varchar', length: 16 })
  outcome!: string;

  @Column({ name: 'actor_id', type: 'varchar', length: 36 })
  actorId!: string;

  @Column({ name: 'actor_type', type: 'varchar', length: 16 })
  actorType!: string;

  @Column({ name: 'target_id', type: 'varchar', length: 36, nullable: true })
  targetId!: string | null;

  @Column({ name: 'user_id', type: 'varchar', length: 36, nullable: true })
  userId!: string | null;

  @Column({ name: 'api_key_id', type: 'varchar', length: 36, nullable: true })
  apiKeyId!: string | null;

  @Column({ name: 'session_id', type: 'varchar', length: 36, nullable: true })
  sessionId!: string | null;

  /** `null` where no request caused the event. */
  @Column({ name: 'ip_address', type: 'varchar', length: 45, nullable: true })
  ipAddress!: string | null;

  @Column({ name: 'request_id', type: 'varchar', length: 64, nullable: true })
  requestId!: string | null;

  @Column({ type: 'varchar', length: 1000, nullable: true })
  reason!: string | null;
}
