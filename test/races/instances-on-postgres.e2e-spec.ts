import { beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { BOUND_MS, withinBound } from '../support/bound.js';
import { databaseOver, importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { expectStatus, newKey, newMember, newOwner } from '../support/members.js';
import { eventually, PATIENCE_MS } from '../support/patience.js';
import { PgBouncer } from '../support/pgbouncer.js';
import { onPostgres } from '../support/postgres-client.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describePgBouncer } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const ROUNDS = 3;
/** Without a message a cached verification would last until its renewal, after 4 s. */
const AT_ONCE_MS = BOUND_MS / 2;

/** The defaults of a role behind a pooler, as in docs/settings.md. */
const DOCUMENTED_DEFAULTS = {
  default_transaction_isolation: 'read committed',
  lock_timeout: '1s',
  statement_timeout: '4s',
  idle_in_transaction_session_timeout: '10s',
};

/** A credential that works, and the request that ends it. */
interface Revocable {
  readonly bearer: string;
  readonly end: () => Promise<unknown>;
}

type Create = (service: TestService) => Promise<Revocable>;

const revocableSession: Create = async (service) => {
  const tokens = await signIn(service, await signUp(service));
  return { bearer: tokens.access_token, end: () => revoke(service, tokens) };
};

/** What ends the credentials of contract §4. */
const REVOCATIONS: readonly (readonly [string, Create])[] = [
  ['a session that is revoked', revocableSession],
  [
    'a user who is deactivated',
    async (service) => {
      const owner = await newOwner(service);
      const { id, bearer } = await newMember(service, owner, 'admin');
      const options = { bearer: owner.bearer, json: { is_active: false } };
      const path = `/api/v1/account/user/${id}`;
      return { bearer, end: () => expectStatus(200, service, 'PATCH', path, options) };
    },
  ],
  [
    'an API key that is revoked',
    async (service) => {
      const { bearer } = await newOwner(service);
      const { id, apiKey } = await newKey(service, { bearer });
      const path = `/api/v1/account/api_key/${id}/revoke`;
      return { bearer: apiKey, end: () => expectStatus(200, service, 'PUT', path, { bearer }) };
    },
  ],
  [
    'an API key that is reported as leaked',
    async (service) => {
      const { apiKey } = await newKey(service, await newOwner(service));
      const options = { json: { api_key: apiKey } };
      const path = '/api/v1/api_key/leaked';
      return { bearer: apiKey, end: () => expectStatus(202, service, 'POST', path, options) };
    },
  ],
  [
    'an account that is deleted',
    async (service) => {
      const { bearer, password } = await newOwner(service);
      const options = { bearer, json: { password } };
      const path = '/api/v1/account';
      return { bearer, end: () => expectStatus(204, service, 'DELETE', path, options) };
    },
  ],
];

describePgBouncer('instances on one PostgreSQL database', () => {
  let database: TestDatabase;
  let first: TestService;
  let second: TestService;
  const start = (on: TestDatabase) =>
    startService({ target: { database: 'postgres', adapter: 'fastify' }, database: on });
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    [first, second] = await Promise.all([start(database), start(database)]);
    await eventually(expectBothListen);
  });

  it.each(REVOCATIONS)('refuse %s at once (S-59)', async (_, create) => {
    expect(await usualDelay(create, first, second)).toBeLessThan(AT_ONCE_MS);
  });

  it('survive malformed messages, which end no connection (S-59)', async () => {
    const { bearer } = await revocableSession(first);
    const before = await listeners();
    for (const text of ['', 'rubbish', 'null', '{"from":7}', '['.repeat(7_000)]) {
      await database.query("SELECT pg_notify('gatehouse', ?)", [text]);
    }
    expect(await status(second, bearer)).toBe(200);
    expect(await usualDelay(revocableSession, first, second)).toBeLessThan(AT_ONCE_MS);
    expect(await listeners()).toEqual(before);
  });

  it('listen again after the database has ended their connections (S-59)', async () => {
    for (const pid of await listeners()) {
      await database.query('SELECT pg_terminate_backend(?)', [pid]);
    }
    await eventually(() => {
      for (const instance of [first, second]) {
        expect(linesOf(instance)).toEqual([
          expect.stringContaining('changes by other instances take effect within 5 s'),
          expect.stringContaining('changes by other instances take effect at once again'),
        ]);
      }
    });
    expect(await usualDelay(revocableSession, second, first)).toBeLessThan(AT_ONCE_MS);
  });

  describe('and one behind a pooler in transaction mode', () => {
    let bouncer: PgBouncer;
    let pooled: TestService;
    /** Those of the instances that are connected directly. */
    let listening: readonly number[];
    beforeAll(async () => {
      listening = await listeners();
      bouncer = await PgBouncer.create({ port: Number(new URL(database.url).port) });
      pooled = await start({ ...database, url: bouncer.url(nameOf(database)) });
    });

    it('see its changes at once (S-59)', async () => {
      for (const [, create] of REVOCATIONS) {
        expect(await usualDelay(create, pooled, second)).toBeLessThan(AT_ONCE_MS);
      }
    });

    it('change what it sees within the bound, which its log says once (S-59)', async () => {
      await eventually(() =>
        expect(linesOf(pooled)).toEqual([expect.stringMatching(/pooler .* within 5 s/)]),
      );
      const revocables = await Promise.all(REVOCATIONS.map(([, create]) => create(first)));
      for (const { bearer, end } of revocables) {
        expect(await status(pooled, bearer)).toBe(200);
        await end();
      }
      await withinBound(async () => {
        for (const { bearer } of revocables) expect(await status(pooled, bearer)).toBe(401);
      });
    });

    it('give one successor to 12 refreshes spread over both (S-50)', async () => {
      const tokens = await signIn(pooled, await signUp(first));
      const answers = await inParallel(12, (index) =>
        refresh(index % 2 === 0 ? pooled : first, tokens.refresh_token),
      );
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    });

    it('leave one session alive of 12 grants spread over both (S-49)', async () => {
      const user = await signUp(pooled);
      await inParallel(12, (index) => signIn(index % 2 === 0 ? pooled : first, user));
      expect(await liveSessionIds(database, user.accountId)).toHaveLength(1);
    });

    it('migrate an empty database once when two start together behind it (S-203)', async () => {
      const empty = await createBehind(DOCUMENTED_DEFAULTS);
      await Promise.all([open(empty), open(empty)]);
      const rows = await empty.query('SELECT name FROM gatehouse_migrations');
      expect(rows).toHaveLength(new Set(rows.map(({ name }) => name)).size);
      expect(rows.length).toBeGreaterThan(1);
    });

    it('run READ COMMITTED transactions behind it, whatever the default of the role is (S-183)', async () => {
      const other = await createBehind({ default_transaction_isolation: 'serializable' });
      const dataSource = await open(other);
      const level = "SELECT current_setting('transaction_isolation') AS level";
      // A connection that the service has not set up itself, as another client of the pooler may have opened it.
      await eventually(async () => {
        await other.query(
          `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
        expect(await dataSource.query(level)).toEqual([{ level: 'serializable' }]);
      });
      const own = await databaseOver(dataSource);
      const levels = await own.transaction(
        (manager) => manager.query(level),
        () => Promise.resolve(undefined),
      );
      expect(levels).toEqual([{ level: 'read committed' }]);
    });

    it('report what is changed while they stop, and close their connections (S-59, S-185)', async () => {
      const user = await signUp(first);
      const finish = await beginToRevoke(first, await signIn(first, user));
      const [session = ''] = await liveSessionIds(database, user.accountId);
      await onPostgres(database.url, async (client) => {
        const messages: (string | undefined)[] = [];
        client.on('notification', ({ payload }) => messages.push(payload));
        await client.query('LISTEN gatehouse');
        const stopped = first.stop();
        await untilOutput(first, 'Shutting down');
        expect(await finish()).toBe(200);
        expect(await stopped).toBe(0);
        await eventually(() =>
          expect(messages).toContainEqual(expect.stringContaining(`"${session}"`)),
        );
      });
      await eventually(async () => {
        const left = await listeners();
        expect(listening.filter((pid) => left.includes(pid))).toHaveLength(1);
      });
    });

    /** An empty database behind the pooler, with defaults of the role there. */
    async function createBehind(defaults: Readonly<Record<string, string>>): Promise<TestDatabase> {
      const empty = await createTestDatabase('postgres');
      const name = nameOf(empty);
      for (const [setting, value] of Object.entries(defaults)) {
        await empty.query(`ALTER ROLE postgres IN DATABASE ${name} SET ${setting} = '${value}'`);
      }
      return { ...empty, url: bouncer.url(name) };
    }
  });

  async function expectBothListen(): Promise<void> {
    expect(await listeners()).toHaveLength(2);
  }

  /** The process ids of the connections that listen. */
  async function listeners(): Promise<number[]> {
    const rows = await database.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
       AND application_name = 'gatehouse-listener' ORDER BY pid`,
    );
    return rows.map(({ pid }) => pid as number);
  }
});

function nameOf({ url }: TestDatabase): string {
  return new URL(url).pathname.slice(1);
}

/** Opens a database as the service does. */
async function open({ url }: TestDatabase): Promise<DataSource> {
  const { openDataSource } = await importBuilt('server/database/open-data-source.js');
  const dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
  onDispose(() => dataSource.destroy());
  return dataSource;
}

/** Sends a revocation except its last byte; the result sends that, and returns the status. */
async function beginToRevoke(
  service: TestService,
  { access_token, refresh_token }: Tokens,
): Promise<() => Promise<number | undefined>> {
  const body = JSON.stringify({ refresh_token });
  const outgoing = httpRequest(`${service.url}/oauth/revoke`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${access_token}`,
      'content-type': 'application/json',
      'content-length': body.length,
    },
  });
  await new Promise((resolve) => outgoing.write(body.slice(0, -1), resolve));
  // Once an answer to another request is there, these bytes have been read.
  await request(service, 'GET', '/health/live');
  return async () => {
    outgoing.end(body.slice(-1));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
}

/** The median of the times that pass from the answer on one instance to the refusal on the other. */
async function usualDelay(create: Create, on: TestService, seenBy: TestService): Promise<number> {
  const delays: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { bearer, end } = await create(on);
    expect(await status(seenBy, bearer)).toBe(200);
    await end();
    delays.push(await delayUntilRefused(seenBy, bearer));
  }
  return delays.toSorted((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? Infinity;
}

async function delayUntilRefused(service: TestService, bearer: string): Promise<number> {
  const from = performance.now();
  while ((await status(service, bearer)) !== 401) {
    if (performance.now() - from > PATIENCE_MS) throw new Error('was never refused');
    await sleep(10);
  }
  return performance.now() - from;
}

async function status(service: TestService, bearer: string): Promise<number> {
  return (await request(service, 'GET', '/oauth/me', { bearer })).status;
}

/** The log lines about messages between instances. */
function linesOf(service: TestService): string[] {
  return service
    .output()
    .split('\n')
    .filter((line) => line.includes('Instances'));
}
