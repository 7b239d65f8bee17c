import {
  BaseEntity,
  Column,
  Entity,
  Generated,
  Index,
  PrimaryColumn,
  type DataSource,
} from 'typeorm';
import { millisecondsColumn, toNumber } from '../database/column-types.js';
import { adaptIncrement } from '../database/increment-column.js';
import type { WebhookFailure } from './webhook-failure.js';

/** `failed` is given up. */
export type DeliveryState = 'pending' | 'delivered' | 'failed';

/**
 * An event for a webhook, written in the transaction of its change. Without foreign keys: one would let the deletion of a
 * webhook fail, or hold up, the change of somebody else (ADR 28).
 */
@Entity({ name: 'webhook_deliveries', synchronize: false })
@Index('webhook_deliveries_available', ['state', 'availableAt'])
@Index('webhook_deliveries_subject', ['webhookId', 'subject', 'state'])
@Index('webhook_deliveries_created_at', ['webhookId', 'createdAt', 'id'])
@Index('webhook_deliveries_event', ['webhookId', 'eventId'], { unique: true })
export class WebhookDelivery extends BaseEntity {
  static override useDataSource(dataSource: DataSource | null): void {
    if (dataSource) adaptIncrement(dataSource, this, 'number');
  }

  /** Gives the order: events that follow one another have rising numbers. */
  @Generated('increment')
  @PrimaryColumn({
    type: 'bigint',
    transformer: { to: (value: number) => value, from: toNumber },
  })
  number!: number;

  @Index('webhook_deliveries_id', { unique: true })
  @Column({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'webhook_id', type: 'varchar', length: 36 })
  webhookId!: string;

  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  /** The same for each webhook; the `webhook-id` of the request. */
  @Column({ name: 'event_id', type: 'varchar', length: 36 })
  eventId!: string;

  /** Name of the event. */
  @Column({ type: 'varchar', length: 64 })
  name!: string;

  /** Id of what the event is about: a webhook gets the events of one subject in order. */
  @Column({ type: 'varchar', length: 36 })
  subject!: string;

  /** The body of the request. */
  @Column({ type: 'varchar', length: 2000 })
  body!: string;

  /** Time of the event. */
  @Column(millisecondsColumn('created_at'))
  createdAt!: number;

  /** Time from which the day of retries counts: of the event, or of a redelivery. */
  @Column(millisecondsColumn('queued_at'))
  queuedAt!: number;

  @Column({ type: 'varchar', length: 16 })
  state!: DeliveryState;

  /** How often it was sent since `queuedAt`. */
  @Column({ type: Number })
  attempts!: number;

  /**
   * While it is pending, the time from which it may be claimed: the end of a claim or of a pause after a failure. After
   * that, the time at which it was delivered or given up.
   */
  @Column(millisecondsColumn('available_at'))
  availableAt!: number;

  /** Id of the process that holds a claim. */
  @Column({ name: 'claimed_by', type: 'varchar', length: 36, nullable: true })
  claimedBy!: string | null;

  @Column({ ...millisecondsColumn('last_attempt_at'), nullable: true })
  lastAttemptAt!: number | null;

  /** HTTP status of the last answer. */
  @Column({ name: 'response_status', type: Number, nullable: true })
  responseStatus!: number | null;

  /** Why the last attempt failed. */
  @Column({ type: 'varchar', length: 32, nullable: true })
  failure!: WebhookFailure | null;
}
