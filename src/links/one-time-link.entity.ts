import { Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { BaseEntity } from '../database/base.entity.js';
import { millisecondsColumn } from '../database/column-types.js';
import { entityNamed } from '../database/entity-references.js';
import type { LinkPurpose } from './link-purpose.js';

/**
 * A link that works once, for one purpose, one user and one address (S-107). It is deleted when it is used.
 *
 * The token is derived from this row and a key that is kept elsewhere, so that a letter can be written again after a
 * crash; the row itself opens nothing.
 */
@Entity({ name: 'one_time_links', synchronize: false })
@Index('one_time_links_user_id', ['userId', 'purpose'])
export class OneTimeLink extends BaseEntity {
  @Column({ type: 'varchar', length: 16 })
  purpose!: LinkPurpose;

  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @Column({ name: 'user_id', type: 'varchar', length: 36 })
  userId!: string;

  // By name, because this room must not import the room of users above it.
  @ManyToOne(entityNamed('User'), { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'one_time_links_user_id_fk' })
  user?: object;

  /** The address that it is for, as it was written: the user's own, or the new one of a change. */
  @Column({ type: 'varchar', length: 254 })
  address!: string;

  /** The role that the user had when the link was made. */
  @Column({ type: 'varchar', length: 100 })
  role!: string;

  /** SHA-256 of the token, in hexadecimal. */
  @Column({ type: 'varchar', length: 64 })
  digest!: string;

  /** The actor that made it, who is read again when the link is used (S-109). */
  @Column({ name: 'created_by', type: 'varchar', length: 36 })
  createdBy!: string;

  @Column({ name: 'created_by_type', type: 'varchar', length: 16 })
  createdByType!: 'user' | 'api_key' | 'application' | 'system' | 'anonymous';

  @Index('one_time_links_expires_at')
  @Column(millisecondsColumn('expires_at'))
  expiresAt!: number;
}
