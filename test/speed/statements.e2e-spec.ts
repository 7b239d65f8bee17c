import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { newKey, newOwner } from '../support/members.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, refresh } from '../support/sessions.js';
import { describeMariaDb } from '../support/targets.js';

/** What a request asked of the server, as the server itself counts. */
type Statements = Record<'select' | 'insert' | 'update' | 'delete' | 'begin' | 'commit', number>;

describeMariaDb('statements of a request', () => {
  let database: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    // A server of its own: its counters are everybody's.
    database = await createTestDatabase('mariadb', await MariaDbServer.create());
  });
  // One that remembers nobody, whose rows it would read again meanwhile: who signs in again is forgotten.
  beforeEach(async () => {
    service = await startService({ database, env: { REFRESH_TOKEN_ROTATION: 'on' } });
    // The service opens its connections and notes the last use of keys when it likes.
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

  /** More than none of each, by name. */
  async function statementsOf(work: () => Promise<unknown>): Promise<Partial<Statements>> {
    const before = await counters();
    await work();
    // What is written behind a request's back counts as well.
    await sleep(300);
    const after = await counters();
    const names = Object.keys(before) as (keyof Statements)[];
    const spent = names.map((name) => [name, after[name] - before[name]] as const);
    return Object.fromEntries(spent.filter(([, count]) => count > 0));
  }

  it('login: one reading, and one transaction of three', async () => {
    const user = await signUp(service);
    expect(await statementsOf(() => signIn(service, user))).toEqual({
      select: 1,
      begin: 1,
      update: 2,
      insert: 1,
      commit: 1,
    });
  });

  it('refresh: one reading, one writing', async () => {
    const tokens = await signIn(service, await signUp(service));
    expect(await statementsOf(() => refresh(service, tokens.refresh_token))).toEqual({
      select: 1,
      update: 1,
    });
  });

  it('me: one reading, and none within the bound', async () => {
    const { access_token: bearer } = await signIn(service, await signUp(service));
    const me = () => request(service, 'GET', '/oauth/me', { bearer });
    expect(await statementsOf(me)).toEqual({ select: 1 });
    expect(await statementsOf(me)).toEqual({});
    expect(
      await statementsOf(() => request(service, 'GET', '/oauth/validate', { bearer })),
    ).toEqual({});
  });

  it('me of many who go on asking: one reading for all of them, every four seconds', async () => {
    const users = await inParallel(20, async () => signIn(service, await signUp(service)));
    // One after the other: what comes together would be looked up together anyway.
    const all = async () => {
      for (const { access_token: bearer } of users) {
        const { status } = await request(service, 'GET', '/oauth/me', { bearer });
        expect(status).toBe(200);
      }
    };
    expect(await statementsOf(all)).toEqual({ select: users.length });
    const { select = 0, ...others } = await statementsOf(async () => {
      for (const end = Date.now() + 9_000; Date.now() < end; await sleep(200)) await all();
    });
    expect(others).toEqual({});
    expect(select).toBeGreaterThanOrEqual(2);
    // They were not verified in one instant, and looks are a quarter of a second apart.
    expect(select).toBeLessThan(users.length);
  });

  it('an API key: one reading, and none within the bound', async () => {
    const { apiKey: bearer } = await newKey(service, await newOwner(service));
    const me = () => request(service, 'GET', '/oauth/me', { bearer });
    // The first use is noted (S-88).
    expect(await statementsOf(me)).toEqual({ select: 1, update: 1 });
    expect(await statementsOf(me)).toEqual({});
  });
});
