import { Column, Entity, PrimaryColumn } from 'typeorm';
import { millisecondsColumn } from '../database/column-types.js';
import { MetadataListener } from '../database/host-references.js';

/**
 * A key that this database was used with. Its public id is a one-way derivation from 256 bits: it distinguishes keys
 * and does not help to guess one (S-201, S-206).
 */
@Entity({ name: 'known_keys', synchronize: false })
export class KnownKey extends MetadataListener {
  /** A `KeyPurpose`. */
  @PrimaryColumn({ type: 'varchar', length: 32 })
  purpose!: string;

  @PrimaryColumn({ name: 'key_id', type: 'varchar', length: 16 })
  keyId!: string;

  /** Time of the first start with this key. */
  @Column(millisecondsColumn('created_at'))
  createdAt!: number;
}
