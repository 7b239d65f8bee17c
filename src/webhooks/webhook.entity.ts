import { Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { Account } from '../accounts/account.entity.js';
import { BaseEntity } from '../database/base.entity.js';
import { millisecondsColumn, wordsColumn } from '../database/column-types.js';

/** Longest URL of a webhook, in characters. */
export const MAX_URL_LENGTH = 1000;
/** Most names of events that one webhook lists. */
export const MAX_EVENTS = 50;

/** Stands for every event. */
export const EVERY_EVENT = '*';

/** An address of an account's own to which its events are sent. */
@Entity({ name: 'webhooks', synchronize: false })
@Index('webhooks_account_id_created_at', ['accountId', 'createdAt', 'id'])
export class Webhook extends BaseEntity {
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @ManyToOne(() => Account, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'account_id', foreignKeyConstraintName: 'webhooks_account_id_fk' })
  account?: Account;

  /** Id of the user or API key that created it, which may have been deleted since. */
  @Column({ name: 'created_by', type: 'varchar', length: 36 })
  createdBy!: string;

  /** In its canonical form, which is ASCII. */
  @Column({ type: 'varchar', length: MAX_URL_LENGTH })
  url!: string;

  /** Names of events, or `*`. */
  @Column({ ...wordsColumn('events'), length: 2000 })
  events!: readonly string[];

  @Column({ name: 'is_active', type: Boolean })
  isActive!: boolean;

  /** The signing secret, encrypted under a server key. */
  @Column({ type: 'varchar', length: 128, select: false })
  secret!: string;

  /** The secret before the last rotation, which signs too until `previousValidUntil`. */
  @Column({ name: 'previous_secret', type: 'varchar', length: 128, nullable: true, select: false })
  previousSecret!: string | null;

  @Column({ ...millisecondsColumn('previous_valid_until'), nullable: true })
  previousValidUntil!: number | null;
}
