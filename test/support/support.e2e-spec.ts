import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardChild, temporaryDirectory } from './cleanup.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { MariaDbServer } from './mariadb-server.js';
import { eventually } from './patience.js';
import { PgBouncer } from './pgbouncer.js';
import { onPostgres, postgresSql } from './postgres-client.js';
import { postgresFolder } from './postgres-programs.js';
import { PostgresServer } from './postgres-server.js';
import { childrenOf, isGone } from './process-tree.js';
import { withFile } from './programs.js';
import {
  describeMariaDb,
  describePgBouncer,
  describePostgres,
  describeTargets,
} from './targets.js';

describeTargets(
  'a test database',
  ({ database: kind }) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createTestDatabase(kind);
    });

    it('starts empty and runs queries', async () => {
      await database.query('CREATE TABLE note (id BIGINT PRIMARY KEY, `key` VARCHAR(40))');
      await database.query('INSERT INTO note VALUES (?, ?)', [1, 'grüße 🚪']);
      expect(await database.query("SELECT *, '?' AS mark FROM note WHERE id = ?", [1])).toEqual([
        { id: 1, key: 'grüße 🚪', mark: '?' },
      ]);
      expect(await database.query('SELECT COUNT(*) AS n FROM note')).toEqual([{ n: 1 }]);
    });

    it('loads a script of many statements', async () => {
      await database.load('CREATE TABLE loaded (id INT);\nINSERT INTO loaded VALUES (1), (2);\n');
      expect(await database.query('SELECT id FROM loaded')).toEqual([{ id: 1 }, { id: 2 }]);
    });

    it('is not shared with another one', async () => {
      const other = await createTestDatabase(kind);
      // Not `toThrow`: the native module's errors belong to the first realm that loaded it.
      await expect(other.query('SELECT * FROM note')).rejects.toMatchObject({
        message: expect.stringContaining('note'),
      });
    });
  },
  { adapters: ['fastify'] },
);

describeMariaDb('a private MariaDB server', () => {
  describeServer(() => MariaDbServer.create(), 'mariadb');
});

describePostgres('a private PostgreSQL server', () => {
  const server = describeServer(() => PostgresServer.create(), 'postgres');

  it('sorts by language unless a column says otherwise, and is durable', async () => {
    await server().start();
    const database = await createTestDatabase('postgres', server());
    const sorted = (collation: string) =>
      database.query(
        `SELECT string_agg(t, '' ORDER BY t ${collation}) AS t FROM unnest(array['b', 'A', 'a']) AS t`,
      );
    expect(await sorted('')).toEqual([{ t: 'aAb' }]);
    expect(await sorted('COLLATE "C"')).toEqual([{ t: 'Aab' }]);
    const [row] = await database.query(
      "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit",
    );
    expect(row).toEqual({ fsync: 'on', commit: 'on' });
  });

  it('is silent on open connections too while it is paused', async () => {
    await onPostgres(server().url(), async (client) => {
      await server().pause();
      const answer = client.query('SELECT 1 AS one');
      const silence = new Promise((resolve) => setTimeout(resolve, 300, 'silence'));
      expect(await Promise.race([answer, silence])).toBe('silence');
      server().resume();
      expect((await answer).rows).toEqual([{ one: 1 }]);
    });
  });

  it('ends all its processes at an immediate stop, and starts again', async () => {
    const all = [server().pid ?? 0, ...childrenOf(server().pid ?? 0)];
    expect(all.length).toBeGreaterThan(3);
    await server().kill('SIGQUIT');
    expect(all.every(isGone)).toBe(true);
    await server().start();
    await server().stop();
  });
});

describePostgres('a test process that is killed', () => {
  it('leaves no process of its server behind, not even a paused one', async () => {
    const child = runScript(`
      import { PostgresServer } from './test/support/postgres-server.ts';
      const server = await PostgresServer.create();
      await server.pause();
      process.stdout.write(String(server.pid));
      setInterval(() => undefined, 1000);`);
    const [text] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    const pid = Number(text.toString());
    const all = [pid, ...childrenOf(pid)];
    child.kill('SIGKILL');
    await eventually(() => expect(all.filter((each) => !isGone(each))).toEqual([]));
  });
});

describePgBouncer('PgBouncer', () => {
  it('gives each transaction a connection of the server, and none to a session', async () => {
    const server = await PostgresServer.create(['--max-connections=20']);
    const bouncer = await PgBouncer.create(server, { default_pool_size: 1 });
    const { pathname } = new URL((await createTestDatabase('postgres', server)).url);
    const { Client } = (await import('pg')).default;
    const clients = Array.from({ length: 3 }, () => new Client(bouncer.url(pathname.slice(1))));
    const pids: number[] = [];
    for (const client of clients) {
      await client.connect();
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      pids.push(rows[0].pid);
    }
    for (const client of clients) await client.end();
    expect(new Set(pids).size).toBe(1);
  });
});

describe('the installed PostgreSQL', () => {
  it.each([
    ['9.6.24', false],
    ['14.13 (Homebrew)', false],
    ['15.18 (Debian 15.18-0+deb12u1)', true],
    ['19beta1', true],
  ])('is the one in PATH if that is version 15 or newer: %s', (version, isTaken) => {
    const folder = realpathSync(temporaryDirectory('programs'));
    const script = `#!/bin/sh\necho 'postgres (PostgreSQL) ${version}'\n`;
    for (const name of ['initdb', 'postgres']) {
      writeFileSync(join(folder, name), script, { mode: 0o755 });
    }
    const { PATH } = process.env;
    process.env.PATH = `${folder}:${PATH}`;
    try {
      expect(postgresFolder('installed') === folder).toBe(isTaken);
    } finally {
      process.env.PATH = PATH;
    }
  });
});

describe('a file for the time of an installation', () => {
  it('is there meanwhile, and removed with one that a killed run has left', () => {
    const file = join(temporaryDirectory('rules'), 'new/rule');
    let left = '';
    withFile(file, ['exit 101'], () => (left = readFileSync(file, 'utf8')));
    expect(left).toMatch(/^exit 101\n/);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, left);
    expect(() =>
      withFile(file, [], () => {
        throw new Error('not installed');
      }),
    ).toThrow('not installed');
    expect(existsSync(file)).toBe(false);
  });

  it("does not replace the machine's own", () => {
    const file = join(temporaryDirectory('rules'), 'rule');
    writeFileSync(file, 'exit 0\n');
    withFile(file, ['exit 101'], () => undefined);
    expect(readFileSync(file, 'utf8')).toBe('exit 0\n');
  });
});

describe('SQL for PostgreSQL', () => {
  it.each([
    ['a = ? AND b = ?', 'a = $1 AND b = $2'],
    ["a = '?' AND b = ?", "a = '?' AND b = $1"],
    ["a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = $1"],
    ['"a?" = ?', '"a?" = $1'],
    ['`key` = ?', '"key" = $1'],
    ['$$ ? $$ ?', '$$ ? $$ $1'],
    ['$f$ `?` $f$ ?', '$f$ `?` $f$ $1'],
  ])('has numbered parameters: %s', (sql, expected) => {
    expect(postgresSql(sql)).toBe(expected);
  });
});

function runScript(script: string): ChildProcess {
  const args = ['--import', '@swc-node/register/esm-register', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  guardChild(child);
  return child;
}

interface PrivateServer {
  readonly isRunning: boolean;
  url(): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
}

/** Declares what every private server can do; returns the server, which is stopped after that. */
function describeServer<Server extends PrivateServer>(
  create: () => Promise<Server>,
  kind: 'mariadb' | 'postgres',
): () => Server {
  let server: Server;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await create();
    database = await createTestDatabase(kind, server);
    await database.query('CREATE TABLE note (id INT PRIMARY KEY)');
  });

  it('keeps a committed row when it is killed and started again', async () => {
    await database.query('INSERT INTO note VALUES (7)');
    await server.kill();
    await expect(database.query('SELECT id FROM note')).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    expect(await database.query('SELECT id FROM note')).toEqual([{ id: 7 }]);
  });

  it('does not answer while it is paused', async () => {
    await server.pause();
    const answer = database.query('SELECT 1 AS one');
    const early = await Promise.race([
      answer,
      new Promise((resolve) => setTimeout(resolve, 300, 'silence')),
    ]);
    server.resume();
    expect(early).toBe('silence');
    expect(await answer).toEqual([{ one: 1 }]);
  });

  it('can be killed while it is paused', async () => {
    await server.pause();
    await server.kill();
    await server.start();
    expect(await database.query('SELECT id FROM note')).toEqual([{ id: 7 }]);
  });

  it('shuts down regularly', async () => {
    await server.stop();
    expect(server.isRunning).toBe(false);
  });

  return () => server;
}
