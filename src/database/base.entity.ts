import { Column, PrimaryColumn } from 'typeorm';
import { millisecondsColumn } from './column-types.js';

/** The columns of every row: a random id that is never reused (S-105) and times in ms since the epoch, UTC. */
export abstract class BaseEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column(millisecondsColumn('created_at'))
  createdAt!: number;

  @Column(millisecondsColumn('modified_at'))
  modifiedAt!: number;
}
