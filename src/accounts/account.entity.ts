import { Column, Entity } from 'typeorm';
import { BaseEntity } from '../database/base.entity.js';

/** A tenant: users, keys and roles belong to exactly one. */
@Entity({ name: 'accounts', synchronize: false })
export class Account extends BaseEntity {
  @Column({ type: 'varchar', length: 100 })
  name!: string;

  /** ISO 3166-1 alpha-3. */
  @Column({ type: 'varchar', length: 3 })
  country!: string;

  @Column({ name: 'plan_id', type: 'varchar', length: 36, nullable: true })
  planId!: string | null;

  @Column({ name: 'is_active', type: Boolean })
  isActive!: boolean;

  /** Whether the owner's address is confirmed. */
  @Column({ name: 'is_verified', type: Boolean })
  isVerified!: boolean;
}
