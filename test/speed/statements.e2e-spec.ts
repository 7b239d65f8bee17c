import { afterEach, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupBy } from '../../src/common/group-by.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  deleteAccountOf,
  newSignUp,
  signIn,
  signUp,
  type TestUser,
  type Tokens,
} from '../support/factories.js';
import { request } from '../support/http.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { enter, newKey, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, refresh } from '../support/sessions.js';
import { describeMariaDb } from '../support/targets.js';

/** The statements of a request, as the database server logs them. */
type Statements = Record<'select' | 'insert' | 'update' | 'delete' | 'begin' | 'commit', number>;

/** A well-formed key that nobody has issued. */
const NO_KEY = `gthk_${'0'.repeat(32)}.gths_${'0'.repeat(64)}fdaa6867`;

/** A statement of the sealer, or of a search for what waits; the insertion of a row that waits is the request's. */
const OF_SEALER = /audit_(seals|chains)|FROM `(audit_pending|event_deliveries|webhook_deliveries)`/;

/** Each transaction, and each statement without one. */
function unitsOf(statements: readonly string[]): string[][] {
  const units: string[][] = [];
  let isOpen = false;
  for (const statement of statements) {
    if (isOpen) units.at(-1)?.push(statement);
    else units.push([statement]);
    if (/^(START TRANSACTION|BEGIN)/.test(statement)) isOpen = true;
    if (/^(COMMIT|ROLLBACK)/.test(statement)) isOpen = false;
  }
  return units;
}

describeMariaDb('statements of a request', () => {
  let database: TestDatabase;
  let service: TestService;
  let users: TestUser[] = [];
  beforeAll(async () => {
    // Its own server, because its log is server-wide.
    database = await createTestDatabase('mariadb', await MariaDbServer.create());
    await database.query("SET GLOBAL log_output = 'TABLE'");
    await database.query('SET GLOBAL general_log = ON');
    service = await startService({ database, env: { REFRESH_TOKEN_ROTATION: 'on' } });
    // Lets the service open its connections before statements are counted.
    await newOwner();
  });
  // Their tokens and keys leave the cache, which would read their rows again while the next test counts.
  afterEach(async () => {
    for (const { email, password } of users) await deleteAccountOf(service, email, password);
    users = [];
  });

  /** An account of its own, which ends with the test. */
  async function newUser(): Promise<TestUser> {
    const user = await signUp(service);
    users.push(user);
    return user;
  }

  /** The same, with its owner signed in, whose token is cached. */
  async function newOwner(): Promise<Member> {
    return enter(service, await newUser());
  }

  /** The statements since the log was emptied, without those of the sealer, which no request waits for. */
  async function counters(): Promise<Statements> {
    const rows = await database.query(
      "SELECT thread_id, argument FROM mysql.general_log WHERE command_type IN ('Query', 'Execute')",
    );
    const counts: Statements = { select: 0, insert: 0, update: 0, delete: 0, begin: 0, commit: 0 };
    for (const ofThread of groupBy(rows, ({ thread_id: thread }) => String(thread)).values()) {
      for (const unit of unitsOf(ofThread.map(({ argument }) => String(argument)))) {
        if (unit.some((statement) => OF_SEALER.test(statement))) continue;
        for (const statement of unit) {
          const [word = ''] = /^\w+/.exec(statement.replace('START TRANSACTION', 'begin')) ?? [];
          const name = word.toLowerCase();
          if (name in counts && !statement.includes('general_log'))
            counts[name as keyof Statements]++;
        }
      }
    }
    return counts;
  }

  /** The counts that are not 0, read when they have reached the expected values. */
  async function statementsOf(
    work: () => Promise<unknown>,
    expected: Partial<Statements> = {},
  ): Promise<Partial<Statements>> {
    await eventually(async () => {
      expect(await database.query('SELECT audit_id FROM audit_pending')).toEqual([]);
    });
    await database.query('TRUNCATE mysql.general_log');
    await work();
    // Statements after the answer count as well.
    const spent = await eventually(async () => {
      await sleep(300);
      const counts = Object.entries(await counters()) as [keyof Statements, number][];
      for (const [name, count] of counts) expect(count).toBeGreaterThanOrEqual(expected[name] ?? 0);
      return counts;
    });
    return Object.fromEntries(spent.filter(([, count]) => count > 0));
  }

  async function expectStatements(
    work: () => Promise<unknown>,
    expected: Partial<Statements>,
  ): Promise<void> {
    expect(await statementsOf(work, expected)).toEqual(expected);
  }

  it('login: two reads, and one transaction of three statements, two of the audit trail and a look for webhooks', async () => {
    const user = await newUser();
    // The first one records the network (S-26).
    await signIn(service, user);
    await expectStatements(() => signIn(service, user), {
      select: 3,
      begin: 1,
      update: 2,
      insert: 3,
      commit: 1,
    });
  });

  it('a wrong password: two reads, and one transaction of the audit trail', async () => {
    const { email, password } = await newUser();
    const wrong = { basic: [email, `${password}!`] as const };
    const path = '/oauth/token?grant_type=password';
    await expectStatements(() => request(service, 'POST', path, wrong), {
      select: 2,
      begin: 1,
      insert: 2,
      commit: 1,
    });
  });

  it('a wrong password: as many reads for an unknown address as for a known one (S-18, S-30)', async () => {
    const { email } = await newUser();
    const readsFor = async (address: string) => {
      const basic = [address, 'not the password'] as const;
      const attempt = () => request(service, 'POST', '/oauth/token?grant_type=password', { basic });
      return (await statementsOf(attempt)).select;
    };
    expect(await readsFor(email)).toBe(2);
    expect(await readsFor('nobody@example.com')).toBe(2);
  });

  it('a sign-up: one transaction more for a taken address than for a free one, and two inserts less (S-20)', async () => {
    const { email } = await newUser();
    const signUpWith = (change: object) =>
      statementsOf(() =>
        request(service, 'POST', '/api/v1/account', { json: { ...newSignUp(), ...change } }),
      );
    const free = await signUpWith({});
    const taken = await signUpWith({ email_address: email });
    // Account, user, network, link, two of the audit trail, and a look for webhooks; the taken one is rolled back at the
    // user, and looks for who has the address.
    expect(free).toEqual({ begin: 1, select: 1, insert: 6, commit: 1 });
    expect(taken).toEqual({ begin: 2, select: 2, insert: 4, commit: 1 });
  });

  it('a change of address: as many statements for a taken one as for a free one (S-20)', async () => {
    const holder = await newUser();
    const statementsFor = async (address: string) => {
      const { bearer, email, password } = await newOwner();
      const json = { current_password: password, new_email_address: address };
      const spent = await statementsOf(async () => {
        const path = '/api/v1/account/user/me/email';
        expect((await request(service, 'PUT', path, { bearer, json })).status).toBe(202);
      });
      // Its token is not read again while the other one is counted.
      await deleteAccountOf(service, email, password);
      return spent;
    };
    const free = await statementsFor(newSignUp().email_address);
    expect(await statementsFor(holder.email)).toEqual(free);
  });

  it('20 sign-ins at once: their seals are transactions of their own, and lock no row of theirs (S-214)', async () => {
    const user = await newUser();
    await database.query('TRUNCATE mysql.general_log');
    // Twice as many as the pool has connections.
    await inParallel(20, () => signIn(service, user));
    await eventually(async () => {
      expect(await database.query('SELECT audit_id FROM audit_pending')).toEqual([]);
    });
    const rows = await database.query(
      "SELECT argument FROM mysql.general_log WHERE argument LIKE '%audit%'",
    );
    const ofSealer = rows
      .map(({ argument }) => String(argument))
      .filter((each) => OF_SEALER.test(each));
    const sealing = ofSealer.filter((each) => each.startsWith('INSERT INTO `audit_seals`'));
    expect(sealing.length).toBeGreaterThan(0);
    expect(sealing.length).toBeLessThanOrEqual(20);
    for (const each of ofSealer) {
      expect(each).not.toMatch(/FOR UPDATE|SHARE MODE|`(users|accounts|api_keys|refresh_tokens)`/);
    }
  });

  it('refresh: one read, one write', async () => {
    const tokens = await signIn(service, await newUser());
    await expectStatements(() => refresh(service, tokens.refresh_token), {
      select: 1,
      update: 1,
    });
  });

  it('me: one read, and none within the bound', async () => {
    const { access_token: bearer } = await signIn(service, await newUser());
    const me = () => request(service, 'GET', '/oauth/me', { bearer });
    await expectStatements(me, { select: 1 });
    await expectStatements(me, {});
    await expectStatements(() => request(service, 'GET', '/oauth/validate', { bearer }), {});
  });

  it('me, repeated by many users: one read for all of them, every four seconds', async () => {
    const tokens: Tokens[] = [];
    while (tokens.length < 10) tokens.push(await signIn(service, await newUser()));
    let requests = 0;
    // One after the other: concurrent requests would share a read anyway.
    const all = async () => {
      for (const { access_token: bearer } of tokens) {
        const { status } = await request(service, 'GET', '/oauth/me', { bearer });
        expect(status).toBe(200);
        requests++;
      }
    };
    const first = await statementsOf(all);
    expect(first.select).toBeGreaterThanOrEqual(tokens.length);
    requests = 0;
    const { select = 0, ...others } = await statementsOf(async () => {
      const end = Date.now() + 9_000;
      // A busy machine sends few requests in that time, and renews as often.
      for (; Date.now() < end || requests < 300; await sleep(300)) await all();
    });
    expect(others).toEqual({});
    expect(select).toBeGreaterThanOrEqual(2);
    // The tokens were verified at different times, and renewals are a quarter of a second apart.
    expect(select).toBeLessThan(requests / 4);
  });

  it('an API key: one read, and none within the bound', async () => {
    const { apiKey: bearer } = await newKey(service, await newOwner());
    const me = () => request(service, 'GET', '/oauth/me', { bearer });
    // The first use is recorded (S-88).
    await expectStatements(me, { select: 1, update: 1 });
    await expectStatements(me, {});
  });

  it('a wrong API key: as many reads for an unknown, revoked or expired one, and for a wrong secret (S-19)', async () => {
    const owner = await newOwner();
    const keys = [await newKey(service, owner), await newKey(service, owner)] as const;
    const [revoked, expired] = keys;
    await database.query('UPDATE api_keys SET revoked_at = 1 WHERE id = ?', [revoked.id]);
    await database.query('UPDATE api_keys SET expires_at = 1 WHERE id = ?', [expired.id]);
    const wrong = `${revoked.key}.${expired.secret}`;
    for (const bearer of [NO_KEY, revoked.apiKey, expired.apiKey, wrong]) {
      const attempt = () => request(service, 'GET', '/oauth/me', { bearer });
      const { select, begin, commit } = await statementsOf(attempt);
      expect({ select, begin, commit }).toEqual({ select: 1, begin: 1, commit: 1 });
    }
  });

  it('a report of a leaked key: as many statements for each that is not live (S-215)', async () => {
    const owner = await newOwner();
    const keys = [await newKey(service, owner), await newKey(service, owner)] as const;
    const [live, other] = keys;
    const report = (api_key: string) => async () => {
      const path = '/api/v1/api_key/leaked';
      expect((await request(service, 'POST', path, { json: { api_key } })).status).toBe(202);
    };
    // The counter of the minute is inserted once, so the counts are compared after that.
    await report('malformed')();
    // The second one looks for webhooks.
    const ended = { select: 2, begin: 1, update: 3, insert: 2, commit: 1 };
    await expectStatements(report(live.apiKey), ended);
    const texts = ['malformed', live.apiKey, `${other.key}.${live.secret}`, NO_KEY];
    const spent = new Set<string>();
    for (const text of texts) {
      const { insert = 0, ...counts } = await statementsOf(report(text));
      // A new minute begins with an insertion.
      expect(insert).toBeLessThanOrEqual(1);
      spent.add(JSON.stringify(counts));
    }
    expect([...spent]).toEqual([JSON.stringify({ select: 1, update: 4, begin: 2, commit: 2 })]);
  });

  it('health: one read a second at most, however many probes come (contract §1)', async () => {
    const probe = (path: string) => async () =>
      expect((await request(service, 'GET', path)).status).toBe(200);
    const probes = Array.from({ length: 100 }, () => [probe('/health'), probe('/health/ready')]);
    const { select = 0, ...others } = await statementsOf(() =>
      Promise.all(probes.flat().map((send) => send())),
    );
    expect(others).toEqual({});
    expect(select).toBeGreaterThan(0);
    // A busy machine takes several seconds for them.
    expect(select).toBeLessThan(20);
  });
});
