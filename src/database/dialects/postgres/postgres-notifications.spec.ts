import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import type { ChangedRows } from '../../../common/cache-invalidation.js';
import { messageText, parseMessage } from './change-messages.js';
import { PostgresNotifications, type PgPool } from './postgres-notifications.js';

const never = () => new Promise<never>(() => undefined);

/** A server, as far as notifications go: every client that listens gets each message, in this process. */
class Server {
  readonly clients: Client[] = [];
  /** The messages, with the way that they were sent. */
  readonly sent: { over: 'listener' | 'pool'; rows: ChangedRows }[] = [];
  /** A pooler in transaction mode lets no message through. */
  isPooled = false;
  onConnect = (): Promise<void> => Promise.resolve();
  onQuery = (_text: string): Promise<void> => Promise.resolve();
  onPoolQuery = (): Promise<void> => Promise.resolve();
  readonly options: PgPool['options'] = Object.defineProperty(
    { host: 'db', password: 'secret' },
    'password',
    {
      enumerable: false,
    },
  );

  readonly pool: PgPool = {
    Client: class extends Client {
      constructor(options: object) {
        super(options, server);
      }
    },
    options: this.options,
  };
  /** Connections of the pool that were dropped. */
  dropped = 0;
  readonly dataSource = {
    driver: { master: this.pool as PgPool | undefined },
    createQueryRunner: () => ({
      query: async (_: string, [texts]: readonly string[][]) => {
        await this.onPoolQuery();
        this.deliver('pool', texts ?? []);
      },
      connect: () => Promise.resolve({ end: () => Promise.resolve(void this.dropped++) }),
      release: () => Promise.resolve(),
    }),
  };

  get listeners(): Client[] {
    return this.clients.filter(({ isListening }) => isListening);
  }

  /** What was sent since the probe. */
  get changes() {
    return this.sent.filter(({ rows }) => rows?.length !== 0);
  }

  deliver(over: 'listener' | 'pool', texts: readonly string[]): void {
    for (const text of texts) {
      this.sent.push({ over, rows: parseMessage(text).rows });
      this.notify(text);
    }
  }

  notify(payload: string): void {
    if (this.isPooled) return;
    for (const client of this.listeners) client.emit('notification', { payload });
  }
}

class Client extends EventEmitter {
  isListening = false;
  isEnded = false;
  isReferenced = true;
  readonly statements: string[] = [];

  constructor(
    readonly options: object,
    private readonly server: Server,
  ) {
    super();
    server.clients.push(this);
  }

  connect(): Promise<void> {
    return this.server.onConnect();
  }

  async query(text: string, values?: readonly unknown[]): Promise<void> {
    this.statements.push(text.split(/\s/, 1).join());
    await this.server.onQuery(text);
    if (this.isEnded) throw new Error('Connection terminated');
    if (text.startsWith('LISTEN')) this.isListening = true;
    if (values) this.server.deliver('listener', values[0] as string[]);
  }

  async end(): Promise<void> {
    this.isListening = false;
    this.isEnded = true;
    this.emit('end');
  }

  ref(): void {
    this.isReferenced = true;
  }

  unref(): void {
    this.isReferenced = false;
  }

  /** The connection breaks. */
  break(message: string): void {
    this.isListening = false;
    this.emit('error', new Error(message));
    this.emit('end');
  }
}

let server: Server;
let notifications: PostgresNotifications;
let received: ChangedRows[];
let lines: string[];

beforeEach(() => {
  jest.useFakeTimers();
  server = new Server();
  received = [];
  lines = [];
  for (const level of ['log', 'warn'] as const) {
    jest
      .spyOn(Logger.prototype, level)
      .mockImplementation((line: unknown) => void lines.push(String(line)));
  }
  notifications = new PostgresNotifications(server.dataSource as unknown as DataSource);
});
afterEach(async () => {
  const stopped = notifications.stop();
  await advance(10_000);
  await stopped;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const advance = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

async function start(): Promise<void> {
  notifications.start((rows) => received.push(rows));
  await advance(0);
  received.length = 0;
}

describe('PostgresNotifications: sending', () => {
  it('collects changes while a statement is under way (S-59)', async () => {
    await start();
    const answers: (() => void)[] = [];
    server.onQuery = () => new Promise((resolve) => answers.push(resolve));
    for (const row of ['a', 'b', 'c']) notifications.send([row]);
    notifications.send([]);
    await advance(0);
    expect(answers).toHaveLength(1);
    answers.shift()?.();
    await advance(0);
    expect(answers).toHaveLength(1);
    answers.shift()?.();
    await advance(0);
    expect(server.changes).toEqual([
      { over: 'listener', rows: ['a'] },
      { over: 'listener', rows: ['b', 'c'] },
    ]);
  });

  it('goes on after an id that is none and is left out', async () => {
    await start();
    notifications.send(['x'.repeat(100)]);
    notifications.send(['a']);
    await advance(0);
    expect(server.changes).toEqual([{ over: 'listener', rows: ['a'] }]);
  });

  it('drops a connection of the pool that gives no answer, so that none is lost to requests', async () => {
    await start();
    server.onConnect = never;
    server.onQuery = () => Promise.reject(new Error('gone'));
    server.onPoolQuery = never;
    notifications.send(['a']);
    await advance(6_000);
    expect(server.dropped).toBe(1);
  });

  it('sends nothing for a write that changes no row of a cache', async () => {
    await start();
    notifications.send([]);
    await advance(0);
    expect(server.changes).toEqual([]);
  });

  it('sends a change that is reported in the moment in which the last statement ends', async () => {
    await start();
    let answer = (): void => undefined;
    server.onQuery = () => new Promise((resolve) => (answer = resolve));
    for (let turns = 0; turns < 12; turns++) {
      notifications.send([`first-${turns}`]);
      answer();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      notifications.send([`second-${turns}`]);
      for (let left = 0; left < 3; left++) {
        answer();
        await advance(0);
      }
      expect(server.changes.flatMap(({ rows }) => rows)).toContain(`second-${turns}`);
    }
  });

  it('uses the pool while its own connection is lost, and loses nothing', async () => {
    await start();
    server.onConnect = never;
    server.onQuery = () => Promise.reject(new Error('gone'));
    notifications.send(['a']);
    await advance(0);
    notifications.send(['b']);
    await advance(0);
    expect(server.changes).toEqual([
      { over: 'pool', rows: ['a'] },
      { over: 'pool', rows: ['b'] },
    ]);
    expect(server.clients[0]?.isEnded).toBe(true);
  });

  it('survives a database that cannot be reached', async () => {
    await start();
    const gone = () => Promise.reject(new Error('gone'));
    server.onQuery = gone;
    server.onPoolQuery = gone;
    expect(() => notifications.send(['a'])).not.toThrow();
    await advance(0);
    server.onQuery = () => Promise.resolve();
    server.onPoolQuery = () => Promise.resolve();
    notifications.send(['b']);
    await advance(0);
    expect(server.changes.map(({ rows }) => rows)).toEqual([['b']]);
  });
});

describe('PostgresNotifications: receiving', () => {
  it('passes on the rows that others changed, and not its own (S-59)', async () => {
    await start();
    notifications.send(['own']);
    server.notify(messageText('another', ['a', 'b']));
    server.notify(messageText('another', undefined));
    await advance(0);
    expect(received).toEqual([['a', 'b'], undefined]);
  });

  it('invalidates everything for a malformed message', async () => {
    await start();
    server.notify('{"from":"another","rows":[7]}');
    expect(received).toEqual([undefined]);
  });

  it("connects beside the pool, with the pool's options, hidden password and set-up of sessions", async () => {
    Object.assign(server.options, { onConnect: (client: Client) => client.query('SET') });
    await start();
    expect(server.clients).toHaveLength(1);
    expect(server.clients[0]).toMatchObject({
      options: { host: 'db', password: 'secret' },
      statements: ['SET', 'LISTEN'],
    });
  });

  it('does not keep the process alive', async () => {
    await start();
    expect(server.clients[0]?.isReferenced).toBe(false);
  });
});

describe('PostgresNotifications: a lost connection', () => {
  it('is opened again, everything is invalidated then, and both changes are logged', async () => {
    await start();
    server.clients[0]?.break('terminated');
    await advance(1_000);
    expect(server.listeners).toHaveLength(1);
    expect(server.clients).toHaveLength(2);
    expect(received).toEqual([undefined]);
    expect(lines).toEqual([
      'no connection for notifications (terminated): changes by other instances take effect within 5 s',
      'changes by other instances take effect at once again',
    ]);
  });

  it('is tried again at growing pauses, which the log does not repeat', async () => {
    await start();
    server.onConnect = () => Promise.reject(new Error('password authentication failed'));
    server.clients[0]?.break('terminated');
    await advance(10_000);
    const soon = server.clients.length - 1;
    expect(soon).toBeGreaterThan(3);
    await advance(600_000);
    const later = server.clients.length - 1 - soon;
    expect(later).toBeGreaterThanOrEqual(20);
    expect(later).toBeLessThanOrEqual(45);
    expect(lines).toHaveLength(1);
    expect(server.clients.every(({ isEnded }) => isEnded)).toBe(true);
  });

  it.each([
    ['gets no answer', never],
    ['fails', () => Promise.reject(new Error('not queryable'))],
  ])('is noticed by a heartbeat that %s', async (_, onQuery) => {
    await start();
    server.onQuery = (text) => (text === 'SELECT 1' ? onQuery() : Promise.resolve());
    await advance(22_000);
    expect(server.clients[0]?.isEnded).toBe(true);
    expect(server.listeners).toHaveLength(1);
    expect(received).toContain(undefined);
  });

  it('ends the attempts when the host has closed its DataSource, until it is open again', async () => {
    await start();
    server.dataSource.driver.master = undefined;
    await advance(16_000);
    expect(server.clients.map(({ isEnded }) => isEnded)).toEqual([true]);
    server.dataSource.driver.master = server.pool;
    await advance(31_000);
    expect(server.listeners).toHaveLength(1);
  });
});

describe('PostgresNotifications: behind a pooler in transaction mode', () => {
  it('closes its connection, says so once, and tries again seldom', async () => {
    server.isPooled = true;
    await start();
    await advance(6_000);
    expect(server.clients[0]).toMatchObject({
      isEnded: true,
      statements: ['LISTEN', 'UNLISTEN'],
    });
    await advance(3_600_000);
    const attempts = server.clients.length;
    expect(attempts).toBeGreaterThan(10);
    expect(attempts).toBeLessThan(36);
    expect(lines).toEqual([
      'a connection pooler drops notifications: changes by other instances take effect within 5 s',
    ]);
  });

  it('sends over the pool, for instances that are connected directly', async () => {
    server.isPooled = true;
    await start();
    notifications.send(['early']);
    await advance(6_000);
    notifications.send(['late']);
    await advance(0);
    expect(server.changes).toEqual([
      { over: 'pool', rows: ['early'] },
      { over: 'pool', rows: ['late'] },
    ]);
  });

  it('is not assumed because the pool has no free connection for the probe', async () => {
    server.onPoolQuery = never;
    await start();
    await advance(6_000);
    server.onPoolQuery = () => Promise.resolve();
    await advance(10_000);
    expect(server.listeners).toHaveLength(1);
    expect(lines.at(-1)).toBe('changes by other instances take effect at once again');
  });
});

describe('PostgresNotifications: the shutdown', () => {
  it('sends what the last requests changed, and closes the connection (S-185)', async () => {
    await start();
    let answer = (): void => undefined;
    server.onQuery = () => new Promise((resolve) => (answer = resolve));
    notifications.send(['a']);
    notifications.send(['b']);
    const stopped = notifications.stop();
    expect(server.clients[0]?.isReferenced).toBe(true);
    answer();
    await advance(0);
    answer();
    await advance(0);
    await stopped;
    expect(server.changes).toEqual([
      { over: 'listener', rows: ['a'] },
      { over: 'listener', rows: ['b'] },
    ]);
    expect(server.clients.map(({ isEnded }) => isEnded)).toEqual([true]);
    expect([lines, jest.getTimerCount()]).toEqual([[], 0]);
  });

  it.each([
    ['connecting', () => (server.onConnect = never)],
    ['waiting for the probe', () => (server.isPooled = true)],
    ['pausing', () => (server.onConnect = () => Promise.reject(new Error('connection refused')))],
    ['a statement hangs', () => (server.onQuery = never)],
  ])('ends within 2 s while %s', async (_, prepare) => {
    prepare();
    await start();
    let isStopped = false;
    void notifications.stop().then(() => (isStopped = true));
    await advance(2_001);
    expect(isStopped).toBe(true);
    const connections = server.clients.length;
    await advance(60_000);
    expect(server.clients).toHaveLength(connections);
    expect(server.clients.every(({ isEnded }) => isEnded)).toBe(true);
  });
});
