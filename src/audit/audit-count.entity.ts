import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigIntegerColumn, millisecondsColumn } from '../database/column-types.js';

/** How often one instance saw a refusal in one minute that has no row of its own (S-147). */
@Entity({ name: 'audit_counts', synchronize: false })
export class AuditCount {
  /** Begin of the minute. */
  @PrimaryColumn(millisecondsColumn('minute'))
  minute!: number;

  /** Another one for each start of an instance, so that no two wait for each other's rows. */
  @PrimaryColumn({ name: 'instance_id', type: 'varchar', length: 36 })
  instanceId!: string;

  /** Id of the record that the refusals repeat; without one, a digest of event, account and reason. */
  @PrimaryColumn({ name: 'counter_key', type: 'varchar', length: 64 })
  counterKey!: string;

  @Column({ type: 'varchar', length: 64 })
  event!: string;

  /** Empty where no account is known. */
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @Column({ type: 'varchar', length: 1000, nullable: true })
  reason!: string | null;

  @Column(bigIntegerColumn('occurrences'))
  occurrences!: number;
}
