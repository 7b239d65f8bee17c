import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { newKey, newOwner } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { refresh } from '../support/sessions.js';
import { describeMariaDb } from '../support/targets.js';

/** The statements of a request, as the database server counts them. */
type Statements = Record<'select' | 'insert' | 'update' | 'delete' | 'begin' | 'commit', number>;

describeMariaDb('statements of a request', () => {
  let database: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    // Its own server, because its counters are server-wide.
    database = await createTestDatabase('mariadb', await MariaDbServer.create());
  });
  // A service without cached tokens, whose rows it would read again meanwhile; the second sign-in evicts the owner's.
  beforeEach(async () => {
    service = await startService({ database, env: { REFRESH_TOKEN_ROTATION: 'on' } });
    // Lets the service open its connections before statements are counted.
    const owner = await newOwner(service);
    await request(service, 'GET', '/oauth/me', { bearer: owner.bearer });
    await signIn(service, owner);
  });

  afterEach(() => service.stop());

  async function counters(): Promise<Statements> {
    const rows = await database.query(
      "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_select','Com_insert','Com_update','Com_delete','Com_begin','Com_commit')",
    );
    const entries = rows.map(({ Variable_name: name, Value: value }) => [
      String(name).slice('Com_'.length),
      Number(value),
    ]);
    return Object.fromEntries(entries) as Statements;
  }

  /** The counters that increased, by name; read when they have reached the expected values. */
  async function statementsOf(
    work: () => Promise<unknown>,
    expected: Partial<Statements> = {},
  ): Promise<Partial<Statements>> {
    const before = await counters();
    await work();
    const names = Object.keys(before) as (keyof Statements)[];
    // Statements after the answer count as well.
    const spent = await eventually(async () => {
      await sleep(300);
      const after = await counters();
      const counts = names.map((name) => [name, after[name] - before[name]] as const);
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

  it('login: two reads, and one transaction of three statements and two of the audit trail', async () => {
    const user = await signUp(service);
    // The first one records the network (S-26).
    await signIn(service, user);
    await expectStatements(() => signIn(service, user), {
      select: 2,
      begin: 1,
      update: 2,
      insert: 3,
      commit: 1,
    });
  });

  it('a wrong password: two reads, and one transaction of the audit trail', async () => {
    const { email, password } = await signUp(service);
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
    const { email } = await signUp(service);
    const readsFor = async (address: string) => {
      const basic = [address, 'not the password'] as const;
      const attempt = () => request(service, 'POST', '/oauth/token?grant_type=password', { basic });
      return (await statementsOf(attempt)).select;
    };
    expect(await readsFor(email)).toBe(2);
    expect(await readsFor('nobody@example.com')).toBe(2);
  });

  it('refresh: one read, one write', async () => {
    const tokens = await signIn(service, await signUp(service));
    await expectStatements(() => refresh(service, tokens.refresh_token), {
      select: 1,
      update: 1,
    });
  });

  it('me: one read, and none within the bound', async () => {
    const { access_token: bearer } = await signIn(service, await signUp(service));
    const me = () => request(service, 'GET', '/oauth/me', { bearer });
    await expectStatements(me, { select: 1 });
    await expectStatements(me, {});
    await expectStatements(() => request(service, 'GET', '/oauth/validate', { bearer }), {});
  });

  it('me, repeated by many users: one read for all of them, every four seconds', async () => {
    const users: Tokens[] = [];
    while (users.length < 20) users.push(await signIn(service, await signUp(service)));
    let requests = 0;
    // One after the other: concurrent requests would share a read anyway.
    const all = async () => {
      for (const { access_token: bearer } of users) {
        const { status } = await request(service, 'GET', '/oauth/me', { bearer });
        expect(status).toBe(200);
        requests++;
      }
    };
    const first = await statementsOf(all);
    expect(first.select).toBeGreaterThanOrEqual(users.length);
    requests = 0;
    const { select = 0, ...others } = await statementsOf(async () => {
      const end = Date.now() + 9_000;
      // A busy machine sends few requests in that time, and renews as often.
      for (; Date.now() < end || requests < 600; await sleep(200)) await all();
    });
    expect(others).toEqual({});
    expect(select).toBeGreaterThanOrEqual(2);
    // The tokens were verified at different times, and renewals are a quarter of a second apart.
    expect(select).toBeLessThan(requests / 4);
  });

  it('an API key: one read, and none within the bound', async () => {
    const { apiKey: bearer } = await newKey(service, await newOwner(service));
    const me = () => request(service, 'GET', '/oauth/me', { bearer });
    // The first use is recorded (S-88).
    await expectStatements(me, { select: 1, update: 1 });
    await expectStatements(me, {});
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
