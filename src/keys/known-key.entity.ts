import { Column, Entity, PrimaryColumn } from 'typeorm';
import { millisecondsColumn } from '../database/column-types.js';

/**
 * A key that this database was used with, by its public id: derived one way from 256 bits, it tells keys apart
 * and helps nobody guess one (S-201, S-206).
 */
@Entity({ name: 'known_keys' })
export class KnownKey {
  /** A `KeyPurpose`. */
  @PrimaryColumn({ type: 'varchar', length: 32 })
  purpose!: string;

  @PrimaryColumn({ name: 'key_id', type: 'varchar', length: 16 })
  keyId!: string;

  /** When a start first had it. */
  @Column(millisecondsColumn('created_at'))
  createdAt!: number;
}
