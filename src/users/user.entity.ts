import { Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { Account } from '../accounts/account.entity.js';
import { BaseEntity } from '../database/base.entity.js';
import { millisecondsColumn } from '../database/column-types.js';
import { ReferredToAs } from '../database/entity-references.js';

/** A person who signs in to one account. */
@ReferredToAs('User')
@Entity({ name: 'users', synchronize: false })
@Index('users_account_id_created_at', ['accountId', 'createdAt', 'id'])
export class User extends BaseEntity {
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @ManyToOne(() => Account, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'account_id', foreignKeyConstraintName: 'users_account_id_fk' })
  account?: Account;

  /** As the user wrote it; displayed, but not used for look-ups. */
  @Column({ name: 'email_address', type: 'varchar', length: 254 })
  emailAddress!: string;

  /** The canonical form, which is unique and used for look-ups (S-113). */
  @Index('users_canonical_email', { unique: true })
  @Column({ name: 'canonical_email', type: 'varchar', length: 254 })
  canonicalEmail!: string;

  @Column({ name: 'first_name', type: 'varchar', length: 100 })
  firstName!: string;

  @Column({ type: 'varchar', length: 100 })
  surname!: string;

  /** `null` for a user who has no password yet. Never selected by default (S-15). */
  @Column({ name: 'password_hash', type: 'varchar', length: 200, nullable: true, select: false })
  passwordHash!: string | null;

  @Column({ type: 'varchar', length: 100 })
  role!: string;

  @Column({ name: 'is_active', type: Boolean })
  isActive!: boolean;

  /** Whether the address is confirmed. */
  @Column({ name: 'is_verified', type: Boolean })
  isVerified!: boolean;

  @Column({ ...millisecondsColumn('last_sign_in_at'), nullable: true })
  lastSignInAt!: number | null;
}
