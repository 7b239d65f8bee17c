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
import { MariaDbServer } from '../test/support/mariadb-server.ts';
import { accountRow, SESSION_LIFETIME_MS, userRow } from '../test/support/rows.ts';

export type Engine = 'sqlite' | 'mariadb';

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

let server: MariaDbServer | undefined;
let databases = 0;

/** The MariaDB server of the run: durable, with enough memory for its indexes. */
export async function mariaDb(): Promise<MariaDbServer> {
  server ??= await MariaDbServer.create([
    '--innodb-buffer-pool-size=1G',
    '--innodb-log-file-size=512M',
  ]);
  return server;
}

/** Creates an empty database and returns its address. */
export async function newDatabaseUrl(engine: Engine): Promise<string> {
  if (engine === 'sqlite') return `sqlite:${join(temporaryDirectory('bench'), 'gatehouse.sqlite')}`;
  const name = `bench_${++databases}`;
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection((await mariaDb()).url());
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await connection.end();
  return (await mariaDb()).url(name);
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
  // Only while the rows are created: losing them would not matter.
  if (engine === 'sqlite') await dataSource.query('PRAGMA synchronous = OFF');
  else await dataSource.query('SET GLOBAL innodb_flush_log_at_trx_commit = 0');
  const users: SeededUser[] = [];
  for (let made = 0; made < count; made += ROWS_PER_STATEMENT) {
    const size = Math.min(ROWS_PER_STATEMENT, count - made);
    const seeded = newUsers(made, size, passwordHash);
    await insert(dataSource, seeded);
    users.push(...seeded.slice(0, Math.max(0, keep - users.length)));
  }
  if (engine === 'sqlite') {
    await dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
    await dataSource.query('ANALYZE');
  } else {
    await dataSource.query('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
    await dataSource.query('ANALYZE TABLE accounts, users, refresh_tokens, api_keys');
  }
  await dataSource.destroy();
  return { engine, url, users, pid: engine === 'mariadb' ? server?.pid : undefined };
}

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
