import { gatehouseEntities, gatehouseMigrations } from 'nest-gatehouse';
import type { DataSourceOptions } from 'typeorm';
import { Customer } from './customers/customer.entity.js';
import { CreateOrders1764300000000 } from './migrations/1764300000000-create-orders.js';
import { Order } from './orders/order.entity.js';

/** The shop's database: `sqlite:<file>`, `mysql://…` or `postgres://…` in `DATABASE_URL`. */
export function databaseOptions(): DataSourceOptions {
  const url = process.env['DATABASE_URL'] ?? 'sqlite:shop.sqlite';
  const shared = {
    entities: [Order, Customer, ...gatehouseEntities()],
    migrations: [...gatehouseMigrations(), CreateOrders1764300000000],
  };
  if (url.startsWith('sqlite:')) {
    return { type: 'better-sqlite3', database: url.slice('sqlite:'.length), ...shared };
  }
  if (/^postgres(ql)?:/.test(url)) return { type: 'postgres', url, ...shared };
  return { type: 'mysql', url, charset: 'utf8mb4', ...shared };
}
