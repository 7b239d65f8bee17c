import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { SetClock } from '../../test/support/unit.js';
import { CacheInvalidation } from '../common/cache-invalidation.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { gatehouseEntities, gatehouseMigrations } from '../database/for-hosts.js';
import { DurableListeners } from '../events/durable-listeners.js';
import { EventBus } from '../events/event-bus.js';
import { sqliteDriver } from '../server/database/engines/sqlite/sqlite-driver.js';
import { AbandonedDeliveries } from './abandoned-deliveries.js';
import { EventDeliveriesRepository } from './event-deliveries.repository.js';
import { KEPT_MS } from './kept.js';

const clock = new SetClock();
const OLD = clock.now() - KEPT_MS - 1;
const dataSource = new DataSource({
  type: 'better-sqlite3',
  driver: sqliteDriver(),
  database: ':memory:',
  entities: [...gatehouseEntities()],
  migrations: [...gatehouseMigrations()],
});
const repository = new EventDeliveriesRepository();
const listeners = new DurableListeners();
const housekeeping = new Housekeeping();
const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

beforeAll(async () => {
  await dataSource.initialize();
  await dataSource.runMigrations();
  const database = new Database(dataSource, new CacheInvalidation(), new EventBus(clock));
  void new AbandonedDeliveries(database, repository, listeners, clock, housekeeping);
});
beforeEach(async () => {
  warn.mockClear();
  await dataSource.query('DELETE FROM event_deliveries');
});
afterAll(async () => {
  warn.mockRestore();
  await dataSource.destroy();
});

async function add(listener: string, createdAt: number, availableAt = 0): Promise<void> {
  const facts = { name: 'user.changed', subject: 'user-1', payload: '{}', attempts: 0 };
  const row = { ...facts, eventId: 'event-1', listener, createdAt, availableAt, claimedBy: null };
  await repository.insert([row], dataSource.manager);
}

async function left(): Promise<string[]> {
  await housekeeping.run();
  const rows = await dataSource.query('SELECT listener FROM event_deliveries ORDER BY id');
  return (rows as { listener: string }[]).map(({ listener }) => listener);
}

it('deletes what the last durable listener has left, once it is 7 days old (S-168)', async () => {
  await add('removed', OLD);
  await add('new', clock.now());
  expect(await left()).toEqual(['new']);
  expect(warn.mock.calls.flat()).toEqual([
    expect.stringMatching(/^1 events .* listeners removed$/),
  ]);
});

it('leaves the backlog of a listener that another process works for (S-168)', async () => {
  await add('elsewhere', OLD);
  await add('elsewhere', OLD, clock.now());
  await add('removed', OLD);
  expect(await left()).toEqual(['elsewhere', 'elsewhere']);
});

it('leaves the backlog of its own listeners (S-168)', async () => {
  const remove = listeners.add('own', 'user.changed', 'own', () => undefined);
  await add('own', OLD);
  await add('removed', OLD);
  expect(await left()).toEqual(['own']);
  remove();
});
