import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOUND_MS, withinBound } from '../support/bound.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { expectStatus, newKey, newMember, newOwner } from '../support/members.js';
import { eventually, PATIENCE_MS } from '../support/patience.js';
import { PgBouncer } from '../support/pgbouncer.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describePgBouncer } from '../support/targets.js';

const ROUNDS = 3;
/** Without a message a cached verification would last until its renewal, after 4 s. */
const AT_ONCE_MS = BOUND_MS / 2;

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
    await eventually(async () => expect(await listeners()).toHaveLength(2));
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
    let pooled: TestService;
    /** Those of the instances that are connected directly. */
    let listening: readonly number[];
    beforeAll(async () => {
      listening = await listeners();
      const { port, pathname } = new URL(database.url);
      const bouncer = await PgBouncer.create({ port: Number(port) });
      pooled = await start({ ...database, url: bouncer.url(pathname.slice(1)) });
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

    it('send their last changes when they stop, and close their connections (S-185)', async () => {
      const { bearer, end } = await revocableSession(first);
      expect(await status(second, bearer)).toBe(200);
      await end();
      const stopped = first.stop();
      expect(await delayUntilRefused(second, bearer)).toBeLessThan(AT_ONCE_MS);
      expect(await stopped).toBe(0);
      await eventually(async () => {
        const left = await listeners();
        expect(listening.filter((pid) => left.includes(pid))).toHaveLength(1);
      });
    });
  });

  /** The process ids of the connections that listen. */
  async function listeners(): Promise<number[]> {
    const rows = await database.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
       AND application_name = 'gatehouse-listener' ORDER BY pid`,
    );
    return rows.map(({ pid }) => pid as number);
  }
});

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
