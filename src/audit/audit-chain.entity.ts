import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bigIntegerColumn, millisecondsColumn } from '../database/column-types.js';

/**
 * The chain of seals of one account: its newest seal, and where it begins since the last purge. It outlives its rows, so
 * that the removal of a whole chain is noticed.
 */
@Entity({ name: 'audit_chains', synchronize: false })
export class AuditChain {
  /** Empty for rows without an account. */
  @PrimaryColumn({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  /** Counts the chains, and is signed with both ends. */
  @Index('audit_chains_number', { unique: true })
  @Column(bigIntegerColumn('number'))
  number!: number;

  /** Of the rows without an account: the number of the newest chain, signed with the head. 0 in the others. */
  @Column(bigIntegerColumn('newest_number'))
  newestNumber!: number;

  @Column(bigIntegerColumn('head_sequence'))
  headSequence!: number;

  @Column({ name: 'head_mac', type: 'varchar', length: 64 })
  headMac!: string;

  @Column({ name: 'head_signature', type: 'varchar', length: 64 })
  headSignature!: string;

  /** The newest seal that was purged; 0 before any was. */
  @Column(bigIntegerColumn('anchor_sequence'))
  anchorSequence!: number;

  @Column({ name: 'anchor_mac', type: 'varchar', length: 64 })
  anchorMac!: string;

  @Column({ name: 'anchor_signature', type: 'varchar', length: 64 })
  anchorSignature!: string;

  @Column(millisecondsColumn('modified_at'))
  modifiedAt!: number;
}
