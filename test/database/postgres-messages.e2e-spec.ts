import { afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { PostgresNotifications } from '../../src/database/dialects/postgres/postgres-notifications.js';
import { onDispose } from '../support/cleanup.js';
import { eventually } from '../support/patience.js';
import { onPostgres } from '../support/postgres-client.js';
import { PostgresServer } from '../support/postgres-server.js';
import { describePostgres } from '../support/targets.js';

const LOST = 'changes by other instances take effect within 5 s';
const AGAIN = 'changes by other instances take effect at once again';

describePostgres('messages between instances on PostgreSQL', () => {
  let server: PostgresServer;
  let lines: string[];
  beforeAll(async () => {
    server = await PostgresServer.create();
    await onPostgres(server.url(), (client) => client.query('CREATE ROLE app LOGIN'));
  });
  beforeEach(() => {
    lines = [];
    for (const level of ['log', 'warn'] as const) {
      jest
        .spyOn(Logger.prototype, level)
        .mockImplementation((line: unknown) => void lines.push(String(line)));
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each<[string, (url: string) => Partial<DataSourceOptions>]>([
    ['an address', (url) => ({ url })],
    ['host, port and user', (url) => partsOf(url)],
    [
      'a primary, and a replica that has its own messages',
      (url) => ({ replication: { master: { url }, slaves: [{ url: elsewhere(url) }] } }),
    ],
    ['a driver', (url) => ({ url, driver: pg })],
    ['options for the driver', (url) => ({ url, extra: { Client: class extends pg.Client {} } })],
    ['a pool without a free connection', (url) => ({ url, poolSize: 1 })],
  ])('arrive at a host whose DataSource has %s (S-59)', async (_, optionsFor) => {
    const dataSource = await open(optionsFor(server.url()));
    const host = await join(dataSource);
    const other = await join(await open({ url: server.url() }));
    await expectPassage(other, host);
    const runner = dataSource.createQueryRunner();
    await runner.connect();
    await expectPassage(host, other);
    await runner.release();
    await Promise.all([host, other].map((each) => each.stop()));
    expect(lines).toEqual([]);
  });

  it('arrive again after a restart of the server (S-59)', async () => {
    const one = await join(await open({ url: server.url() }));
    const other = await join(await open({ url: server.url() }));
    await server.kill('SIGQUIT');
    await eventually(() => expect(lines).toHaveLength(2));
    one.notifications.send([randomUUID()]);
    await server.start();
    await eventually(() => expect(lines).toHaveLength(4));
    await expectPassage(one, other);
    await Promise.all([one, other].map((each) => each.stop()));
    expect(lines.map((line) => line === AGAIN)).toEqual([false, false, true, true]);
  });

  it.each([
    ['NOLOGIN', 'LOGIN'],
    ['CONNECTION LIMIT 0', 'CONNECTION LIMIT -1'],
  ])('arrive again after a time with %s (S-59)', async (taken, given) => {
    const url = Object.assign(new URL(server.url()), { username: 'app' }).href;
    const one = await join(await open({ url }));
    const other = await join(await open({ url: server.url() }));
    await asAdmin(`ALTER ROLE app ${taken}`);
    await asAdmin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    await eventually(() => expect(lines).toEqual([expect.stringContaining(LOST)]));
    await asAdmin(`ALTER ROLE app ${given}`);
    await eventually(() => expect(lines).toEqual([expect.stringContaining(LOST), AGAIN]));
    await expectPassage(one, other);
    await expectPassage(other, one);
    await Promise.all([one, other].map((each) => each.stop()));
  });

  const asAdmin = (sql: string) => onPostgres(server.url(), (client) => client.query(sql));
});

type Instance = Awaited<ReturnType<typeof join>>;

async function open(options: Partial<DataSourceOptions>): Promise<DataSource> {
  const poolErrorHandler = () => undefined;
  const all = { type: 'postgres', poolErrorHandler, ...options } as DataSourceOptions;
  const dataSource = await new DataSource(all).initialize();
  onDispose(() => dataSource.destroy());
  return dataSource;
}

/** An instance that listens. */
async function join(dataSource: DataSource) {
  const notifications = new PostgresNotifications(dataSource);
  const received = new Set<string>();
  notifications.start((rows) => {
    for (const row of rows ?? []) received.add(row);
  });
  // Until then it sends over the pool.
  await eventually(() => expect(notifications).toHaveProperty('listener', expect.anything()));
  const stop = () => notifications.stop();
  onDispose(stop);
  return { notifications, received, stop };
}

async function expectPassage(from: Instance, to: Instance): Promise<void> {
  const row = randomUUID();
  from.notifications.send([row]);
  await eventually(() => expect(to.received).toContain(row));
}

/** Another database of the same server. */
function elsewhere(url: string): string {
  return Object.assign(new URL(url), { pathname: 'template1' }).href;
}

function partsOf(url: string): Partial<DataSourceOptions> {
  const { hostname: host, port, username, pathname } = new URL(url);
  return { host, port: Number(port), username, database: pathname.slice(1) };
}
