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

/**
 * An event that a durable listener has not processed yet. It is written in the transaction of its change and deleted
 * when the listener is done with it. Without a foreign key, because events outlive what they tell of.
 */
@Entity({ name: 'event_deliveries', synchronize: false })
@Index('event_deliveries_available', ['listener', 'availableAt'])
@Index('event_deliveries_subject', ['listener', 'subject', 'availableAt'])
export class EventDelivery extends BaseEntity {
  static override useDataSource(dataSource: DataSource | null): void {
    if (dataSource) adaptIncrement(dataSource, this, 'id');
  }

  /** Gives the order: events that follow one another have rising ids. */
  @Generated('increment')
  @PrimaryColumn({
    type: 'bigint',
    transformer: { to: (value: number) => value, from: toNumber },
  })
  id!: number;

  /** The same for each listener. */
  @Column({ name: 'event_id', type: 'varchar', length: 36 })
  eventId!: string;

  /** Name of the durable listener. */
  @Column({ type: 'varchar', length: 100 })
  listener!: string;

  /** Name of the event. */
  @Column({ type: 'varchar', length: 64 })
  name!: string;

  /** Id of what the event is about: a listener gets the events of one subject in order. */
  @Column({ type: 'varchar', length: 36 })
  subject!: string;

  /** The event as JSON. It holds ids only. */
  @Column({ type: 'varchar', length: 2000 })
  payload!: string;

  @Column(millisecondsColumn('created_at'))
  createdAt!: number;

  /** How often the listener has failed. */
  @Column({ type: Number })
  attempts!: number;

  /** Time from which it may be claimed: the end of a claim or of a pause after a failure; 0: at once. */
  @Column(millisecondsColumn('available_at'))
  availableAt!: number;

  /** Id of the process that holds a claim. */
  @Column({ name: 'claimed_by', type: 'varchar', length: 36, nullable: true })
  claimedBy!: string | null;
}
