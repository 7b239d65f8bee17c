import { expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { CacheInvalidation, type ChangedRows } from '../common/cache-invalidation.js';
import { parseMessage } from './dialects/postgres/change-messages.js';
import { InstanceInvalidation } from './instance-invalidation.js';

/** A pool whose clients listen and receive no message before the test sends one. */
function newPool() {
  const sent: ChangedRows[] = [];
  const clients: (EventEmitter & { isEnded: boolean })[] = [];
  class Client extends EventEmitter {
    isEnded = false;
    constructor() {
      super();
      clients.push(this);
    }
    connect = () => Promise.resolve();
    query = () => Promise.resolve();
    end = () => Promise.resolve(void (this.isEnded = true));
  }
  const query = (_: string, [texts]: [string[]]) => {
    sent.push(...texts.map((text) => parseMessage(text).rows));
    return Promise.resolve();
  };
  return { sent, clients, Client, options: {}, query };
}

it('carries changes of this process to other instances, and theirs to its caches, until the shutdown (S-59)', async () => {
  const pool = newPool();
  const dataSource = {
    options: { type: 'postgres' },
    driver: { master: pool },
    createQueryRunner: () => ({ query: pool.query, release: () => Promise.resolve() }),
  };
  const changes = new CacheInvalidation();
  const invalidated: ChangedRows[] = [];
  const instances = new InstanceInvalidation(dataSource as unknown as DataSource, changes);
  instances.onApplicationBootstrap();
  await turn();
  changes.onInvalidation((rows) => invalidated.push(rows));
  pool.sent.length = 0;

  changes.reportChange(['own']);
  changes.invalidate(undefined);
  pool.clients[0]?.emit('notification', { payload: '{"from":"another","rows":["theirs"]}' });
  await turn();
  expect(invalidated).toEqual([['own'], undefined, ['theirs']]);
  expect(pool.sent).toEqual([['own']]);

  changes.reportChange(['last']);
  await instances.onApplicationShutdown();
  changes.reportChange(['late']);
  await turn();
  expect(pool.sent).toEqual([['own'], ['last']]);
  expect(pool.clients.map(({ isEnded }) => isEnded)).toEqual([true]);
});

it('sends nothing on an engine without messages', async () => {
  const dataSource = { options: { type: 'better-sqlite3' } };
  const changes = new CacheInvalidation();
  const instances = new InstanceInvalidation(dataSource as unknown as DataSource, changes);
  instances.onApplicationBootstrap();
  expect(() => changes.reportChange(undefined)).not.toThrow();
  await instances.onApplicationShutdown();
});
