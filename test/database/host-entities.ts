// Entities of a host that refer to Gatehouse's, as classes and as schemas.
import {
  Column,
  Entity,
  EntitySchema,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
} from 'typeorm';
import { importBuilt } from '../support/built.js';

type EntityClass = new () => object;

interface OrderRow {
  id: number;
  userId: string;
  user: object;
  account: object;
  apiKey: object;
  role: object;
  customer: object;
}

export interface HostEntities {
  /** Many-to-one: a user by a column, an account and a role without one, and a customer. */
  readonly Order: EntityClass | EntitySchema;
  /** One-to-one, with the user's id as its key. */
  readonly Customer: EntityClass | EntitySchema;
  /** Many-to-many: users. */
  readonly Team: EntityClass | EntitySchema;
}

export async function hostClasses(): Promise<HostEntities> {
  const { User, Account, ApiKey, Role, gatehouseIdColumn } = await importBuilt('index.js');

  @Entity('customers')
  class Customer {
    @PrimaryColumn(gatehouseIdColumn('user_id'))
    userId!: string;

    @OneToOne(() => User, { onDelete: 'CASCADE' })
    @JoinColumn({ name: 'user_id' })
    user?: object;

    @Column({ type: 'varchar', length: 20 })
    phone!: string;
  }

  @Entity('orders')
  class Order {
    @PrimaryColumn({ type: Number })
    id!: number;

    @Column(gatehouseIdColumn('user_id'))
    userId!: string;

    @ManyToOne(() => User, { onDelete: 'CASCADE' })
    @JoinColumn({ name: 'user_id' })
    user?: object;

    @ManyToOne(() => Account, { onDelete: 'CASCADE' })
    account?: object;

    @ManyToOne(() => ApiKey, { onDelete: 'SET NULL' })
    apiKey?: object;

    @ManyToOne(() => Role, { onDelete: 'SET NULL' })
    role?: object;

    @ManyToOne(() => Customer, { onDelete: 'CASCADE' })
    customer?: object;
  }

  @Entity('teams')
  class Team {
    @PrimaryColumn({ type: Number })
    id!: number;

    @ManyToMany(() => User)
    @JoinTable()
    members?: object[];
  }
  return { Order, Customer, Team };
}

export async function hostSchemas(): Promise<HostEntities> {
  const { User, Account, gatehouseIdColumn } = await importBuilt('index.js');
  const Customer = new EntitySchema<{ userId: string; phone: string; user: object }>({
    name: 'Customer',
    tableName: 'customers',
    columns: {
      userId: { ...gatehouseIdColumn('user_id'), primary: true },
      phone: { type: 'varchar', length: 20 },
    },
    relations: {
      user: {
        type: 'one-to-one',
        target: () => User,
        onDelete: 'CASCADE',
        joinColumn: { name: 'user_id' },
      },
    },
  });
  const id = { type: Number, primary: true } as const;
  const Order = new EntitySchema<OrderRow>({
    name: 'Order',
    tableName: 'orders',
    columns: { id, userId: gatehouseIdColumn('user_id') },
    relations: {
      user: {
        type: 'many-to-one',
        target: () => User,
        onDelete: 'CASCADE',
        joinColumn: { name: 'user_id' },
      },
      account: {
        type: 'many-to-one',
        target: () => Account,
        onDelete: 'CASCADE',
        joinColumn: true,
      },
      apiKey: { type: 'many-to-one', target: 'ApiKey', onDelete: 'SET NULL', joinColumn: true },
      role: { type: 'many-to-one', target: 'Role', onDelete: 'SET NULL', joinColumn: true },
      customer: {
        type: 'many-to-one',
        target: 'Customer',
        onDelete: 'CASCADE',
        joinColumn: true,
      },
    },
  });
  const Team = new EntitySchema<{ id: number; members: object[] }>({
    name: 'Team',
    tableName: 'teams',
    columns: { id },
    relations: { members: { type: 'many-to-many', target: () => User, joinTable: true } },
  });
  return { Order, Customer, Team };
}
