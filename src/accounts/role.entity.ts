import { Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { BaseEntity } from '../database/base.entity.js';
import { wordsColumn } from '../database/column-types.js';
import { MAX_SCOPE_NAME } from '../scopes/scope-table.js';
import { Account } from './account.entity.js';

/** An own role of an account, beside the system roles. */
@Entity({ name: 'roles', synchronize: false })
@Index('roles_account_id_name', ['accountId', 'name'], { unique: true })
export class Role extends BaseEntity {
  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @ManyToOne(() => Account, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'account_id', foreignKeyConstraintName: 'roles_account_id_fk' })
  account?: Account;

  /** The name by which users, keys and tokens of the account refer to it. */
  @Column({ type: 'varchar', length: MAX_SCOPE_NAME })
  name!: string;

  @Column({ type: 'varchar', length: 255, nullable: true })
  description!: string | null;

  /** Names of the scopes and roles that it includes. */
  @Column({ ...wordsColumn('scopes'), length: 4000 })
  scopes!: readonly string[];
}
