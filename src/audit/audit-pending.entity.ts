import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of the audit trail that waits for its seal; inserted with the row, deleted with the seal. */
@Entity({ name: 'audit_pending', synchronize: false })
export class AuditPending {
  @PrimaryColumn({ name: 'audit_id', type: 'varchar', length: 36 })
  auditId!: string;

  /** Empty for rows without an account. */
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  /** MAC over the row, made in the transaction that writes the row. */
  @Column({ name: 'row_mac', type: 'varchar', length: 64 })
  rowMac!: string;
}
