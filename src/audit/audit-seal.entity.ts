import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bigIntegerColumn } from '../database/column-types.js';

/** The seal of a row of the audit trail: a MAC that is chained to the one before it in its account. */
@Entity({ name: 'audit_seals', synchronize: false })
export class AuditSeal {
  /** Empty for rows without an account. */
  @PrimaryColumn({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @PrimaryColumn(bigIntegerColumn('sequence'))
  sequence!: number;

  @Index('audit_seals_audit_id', { unique: true })
  @Column({ name: 'audit_id', type: 'varchar', length: 36 })
  auditId!: string;

  /** MAC over the row alone. */
  @Column({ name: 'row_mac', type: 'varchar', length: 64 })
  rowMac!: string;

  /** MAC over the place of the row in the chain. */
  @Column({ type: 'varchar', length: 64 })
  mac!: string;
}
