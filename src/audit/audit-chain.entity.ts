import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigIntegerColumn, millisecondsColumn } from '../database/column-types.js';

/** The chain of seals of one account: its newest seal, and where it begins since the last purge. */
@Entity({ name: 'audit_chains', synchronize: false })
export class AuditChain {
  /** Empty for rows without an account. */
  @PrimaryColumn({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @Column(bigIntegerColumn('head_sequence'))
  headSequence!: number;

  @Column({ name: 'head_mac', type: 'varchar', length: 64 })
  headMac!: string;

  @Column({ name: 'head_key_id', type: 'varchar', length: 16 })
  headKeyId!: string;

  @Column({ name: 'head_signature', type: 'varchar', length: 64 })
  headSignature!: string;

  /** The newest seal that was purged; 0 before any was. */
  @Column(bigIntegerColumn('anchor_sequence'))
  anchorSequence!: number;

  @Column({ name: 'anchor_mac', type: 'varchar', length: 64 })
  anchorMac!: string;

  @Column({ name: 'anchor_key_id', type: 'varchar', length: 16 })
  anchorKeyId!: string;

  @Column({ name: 'anchor_signature', type: 'varchar', length: 64 })
  anchorSignature!: string;

  @Column(millisecondsColumn('modified_at'))
  modifiedAt!: number;
}
