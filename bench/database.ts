import { join } from 'node:path';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { Account } from '../src/accounts/account.entity.js';
import { newKey, newSecret, secretDigest } from '../src/api-keys/api-key-format.js';
import { ApiKey } from '../src/api-keys/api-key.entity.js';
import { openDataSource } from '../src/server/database/open-data-source.js';
import { newSession } from '../src/sessions/new-session.js';
import { RefreshToken } from '../src/sessions/refresh-token.entity.js';
import { User } from '../src/users/user.entity.js';
import { temporaryDirectory } from '../test/support/cleanup.ts';
import { findMariaDb, MariaDbServer } from '../test/support/mariadb-server.ts';
import { onPostgres } from '../test/support/postgres-client.ts';
import { editionOf } from '../test/support/postgres-programs.ts';
import { PostgresServer } from '../test/support/postgres-server.ts';
import { childrenOf } from '../test/support/process-tree.ts';
import { accountRow, SESSION_LIFETIME_MS, userRow } from '../test/support/rows.ts';
import { pinToServerCore } from './machine.ts';

export type Engine = 'sqlite' | 'mariadb' | 'postgres';

const ROWS_PER_STATEMENT = 500;
const USERS_PER_ACCOUNT = 10;

/** A user of the benchmark, with an open session and the API key of the account. */
export interface SeededUser {
  readonly user: User;
  readonly account: Account;
  readonly session: RefreshToken;
  readonly apiKey: ApiKey;
  /** `key.secret`. */
  readonly apiKeyText: string;
}

/** A filled database for a service. */
export interface BenchDatabase {
  readonly engine: Engine;
  readonly url: string;
  /** The first of its users, in an order that is independent of their ids. */
  readonly users: readonly SeededUser[];
  /** Process id of the database server, if there is one. */
  readonly pid: number | undefined;
}

const servers = new Map<Engine, MariaDbServer | PostgresServer>();
let databases = 0;

/** The engines that this machine has. */
export function enginesHere(): Engine[] {
  const isHere = { sqlite: true, mariadb: findMariaDb(), postgres: editionOf() };
  return (['sqlite', 'mariadb', 'postgres'] as const).filter((engine) => isHere[engine]);
}

/**
 * Starts the engine's server of the run, on the core of the measured server: durable, with enough memory for its indexes.
 */
export async function startDatabaseServer(engine: Engine): Promise<void> {
  if (engine === 'sqlite' || servers.has(engine)) return;
  const server = await CREATE[engine]();
  servers.set(engine, server);
  const pid = server.pid ?? 0;
  // Processes that begin later are on the core of the one that starts them.
  for (const each of [pid, ...childrenOf(pid)]) pinToServerCore(each);
}

const CREATE = {
  mariadb: () =>
    MariaDbServer.create(['--innodb-buffer-pool-size=1G', '--innodb-log-file-size=512M']),
  postgres: () => PostgresServer.create(['--shared-buffers=1GB', '--max-wal-size=4GB']),
};

/** Creates an empty database and returns its address. */
export async function newDatabaseUrl(engine: Engine): Promise<string> {
  if (engine === 'sqlite') return `sqlite:${join(temporaryDirectory('bench'), 'gatehouse.sqlite')}`;
  const server = servers.get(engine);
  if (!server) throw new Error(`${engine} was not started`);
  const name = `bench_${++databases}`;
  if (engine === 'postgres') {
    await onPostgres(server.url(), (client) => client.query(`CREATE DATABASE ${name}`));
    return server.url(name);
  }
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection(server.url());
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await connection.end();
  return server.url(name);
}

/**
 * Creates a database with `count` users, each with one open session, and one API key per account.
 *
 * @param passwordHash the hash of every user
 * @param keep how many users to return
 */
export async function seededDatabase(
  engine: Engine,
  count: number,
  keep: number,
  passwordHash: string,
): Promise<BenchDatabase> {
  const url = await newDatabaseUrl(engine);
  const dataSource = await openDataSource({ url, tls: 'off', caFile: undefined });
  await run(dataSource, SEEDING[engine].before);
  const users: SeededUser[] = [];
  for (let made = 0; made < count; made += ROWS_PER_STATEMENT) {
    const size = Math.min(ROWS_PER_STATEMENT, count - made);
    const seeded = newUsers(made, size, passwordHash);
    await insert(dataSource, seeded);
    users.push(...seeded.slice(0, Math.max(0, keep - users.length)));
  }
  await run(dataSource, SEEDING[engine].after);
  await dataSource.destroy();
  return { engine, url, users, pid: servers.get(engine)?.pid };
}

async function run(dataSource: DataSource, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await dataSource.query(statement);
}

/** Statements around the creation of rows. Where it is not durable meanwhile, losing them would not matter. */
const SEEDING = {
  sqlite: {
    before: ['PRAGMA synchronous = OFF'],
    after: ['PRAGMA wal_checkpoint(TRUNCATE)', 'ANALYZE'],
  },
  mariadb: {
    before: ['SET GLOBAL innodb_flush_log_at_trx_commit = 0'],
    after: [
      'SET GLOBAL innodb_flush_log_at_trx_commit = 1',
      'ANALYZE TABLE accounts, users, refresh_tokens, api_keys',
    ],
  },
  // Its rows are created in a few thousand commits.
  postgres: { before: [], after: ['VACUUM ANALYZE', 'CHECKPOINT'] },
};

function newUsers(from: number, count: number, passwordHash: string): SeededUser[] {
  const now = Date.now();
  let account = accountRow(now);
  let key = newApiKey(account, now);
  return Array.from({ length: count }, (_, index) => {
    if (index % USERS_PER_ACCOUNT === 0) {
      account = accountRow(now);
      key = newApiKey(account, now);
    }
    const user = userRow(account, from + index, passwordHash, now);
    const session = newSession(
      {
        accountId: account.id,
        owner: { type: 'user', id: user.id },
        scope: undefined,
        client: { address: '127.0.0.1', userAgent: 'bench' },
      },
      now,
      SESSION_LIFETIME_MS,
      true,
    );
    return { user, account, session, ...key };
  });
}

function newApiKey(account: Account, now: number) {
  const [key, secret] = [newKey(), newSecret()];
  const apiKey: ApiKey = {
    id: crypto.randomUUID(),
    accountId: account.id,
    createdBy: account.id,
    name: 'bench',
    key,
    secretDigest: secretDigest(secret),
    previousSecretDigest: null,
    previousValidUntil: null,
    role: 'standard',
    allowedIps: null,
    expiresAt: null,
    revokedAt: null,
    lastAccessedAt: now,
    createdAt: now,
    modifiedAt: now,
  };
  return { apiKey, apiKeyText: `${key}.${secret}` };
}

async function insert(dataSource: DataSource, seeded: readonly SeededUser[]): Promise<void> {
  const rows = <T extends ObjectLiteral>(target: EntityTarget<T>, values: Iterable<T>) =>
    dataSource
      .createQueryBuilder()
      .insert()
      .into(target)
      .values([...values])
      .updateEntity(false)
      .execute();
  await rows(Account, new Set(seeded.map(({ account }) => account)));
  await rows(
    User,
    seeded.map(({ user }) => user),
  );
  await rows(ApiKey, new Set(seeded.map(({ apiKey }) => apiKey)));
  await rows(
    RefreshToken,
    seeded.map(({ session }) => session),
  );
}
