import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { request } from '../support/http.js';
import { newMember, newOwner } from '../support/members.js';
import { REAL_LIMITS } from '../support/limits.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { attempt, inOrder, outcome } from './bench.js';
import { BEHIND_PROXY, from, newAddress } from './networks.js';

const DAY_MS = 86_400_000;

describeTargets('the networks of a user', (target) => {
  const first = randomBytes(48).toString('base64url');
  let service: TestService;
  const start = (secret: string, database?: TestService['database']) =>
    startService({
      target,
      ...(database && { database }),
      env: { ...REAL_LIMITS, ...BEHIND_PROXY, GATEHOUSE_SECRET: secret },
    });
  beforeAll(async () => {
    service = await start(first);
  });

  const rowsOf = async ({ email }: Pick<TestUser, 'email'>) => {
    const rows = await service.database.query(
      `SELECT n.digest AS digest, n.last_signed_in_at AS at FROM sign_in_networks n
        JOIN users u ON u.id = n.user_id WHERE u.canonical_email = ? ORDER BY n.last_signed_in_at, n.digest`,
      [email],
    );
    return rows.map(({ digest, at }) => ({ digest: String(digest), at: Number(at) }));
  };
  /** A user who signed up before networks were recorded. */
  const newUser = async () => {
    const user = await signUp(from(service));
    await service.database.query(
      'DELETE FROM sign_in_networks WHERE user_id IN (SELECT id FROM users WHERE canonical_email = ?)',
      [user.email],
    );
    return user;
  };
  const rowOf = async (user: Pick<TestUser, 'email'>) => {
    const [row, ...others] = await rowsOf(user);
    expect(others).toEqual([]);
    if (!row) throw new Error('no network');
    return row;
  };
  const age = (digest: string, ms: number) =>
    service.database.query(
      'UPDATE sign_in_networks SET last_signed_in_at = last_signed_in_at - ? WHERE digest = ?',
      [ms, digest],
    );
  /** Makes the address wait for its next attempt from an unfamiliar network. */
  const delay = ({ email }: TestUser) => inParallel(6, () => attempt(from(service), email));

  it('are recorded by a sign-in as digests that differ between users, and not by a failure (S-26)', async () => {
    const address = newAddress();
    const client = from(service, address);
    const digests = new Set<string>();
    for (const user of [await newUser(), await newUser()]) {
      await attempt(client, user.email);
      expect(await rowsOf(user)).toEqual([]);
      await signIn(client, user);
      digests.add((await rowOf(user)).digest);
    }
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digests.size).toBe(2);
  });

  it('begin with that of the sign-up, where strangers cannot lock out a new owner (S-24, S-26)', async () => {
    const client = from(service);
    const user = await signUp(client);
    await delay(user);
    const elsewhere = await attempt(from(service), user.email, user.password);
    const there = await attempt(client, user.email, user.password);
    expect([outcome(elsewhere), outcome(there)]).toEqual(['429 42901', '200']);
  });

  it('are written at most once a day each', async () => {
    const client = from(service);
    const user = await signUp(client);
    await inParallel(4, () => signIn(client, user));
    const row = await rowOf(user);
    await age(row.digest, DAY_MS / 2);
    const before = await rowOf(user);
    await signIn(client, user);
    expect(await rowOf(user)).toEqual(before);
    await age(row.digest, DAY_MS);
    await signIn(client, user);
    expect((await rowOf(user)).at).toBeGreaterThanOrEqual(row.at);
  });

  it('stay familiar for 90 days, and their expired rows are removed by the next sign-in that writes (S-26, S-168)', async () => {
    const [here, there] = [from(service), from(service)];
    const user = await signUp(here);
    await signIn(here, user);
    const { digest } = await rowOf(user);
    await delay(user);
    await age(digest, 89 * DAY_MS);
    // The sign-in would renew it.
    expect(outcome(await attempt(here, user.email))).toBe('403 40102');
    await age(digest, 2 * DAY_MS);
    expect(outcome(await attempt(here, user.email, user.password))).toBe('429 42901');
    const another = await newUser();
    await signIn(there, another);
    expect(await rowsOf(user)).toEqual([]);
    expect(await rowsOf(another)).toHaveLength(1);
  });

  it('are the newest twenty', async () => {
    const user = await signUp(from(service));
    const clients = await inOrder(22, () => Promise.resolve(from(service)));
    const [firstClient = from(service)] = clients;
    for (const [index, client] of clients.entries()) {
      await signIn(client, user);
      // Each is newer than the one before, whatever the resolution of the clock is.
      await service.database.query(
        'UPDATE sign_in_networks SET last_signed_in_at = ? WHERE digest = ?',
        [Date.now() - DAY_MS / 2 + index, (await rowsOf(user)).at(-1)?.digest],
      );
    }
    expect(await rowsOf(user)).toHaveLength(20);
    await delay(user);
    const oldest = await attempt(firstClient, user.email, user.password);
    const newest = await attempt(clients.at(-1) ?? firstClient, user.email, user.password);
    expect([outcome(oldest), outcome(newest)]).toEqual(['429 42901', '200']);
  });

  it('are no network where the client address is unknown (S-207)', async () => {
    const unknown = from(service, 'not an address');
    const user = await signUp(unknown);
    await signIn(unknown, user);
    expect(await rowsOf(user)).toEqual([]);
    await delay(user);
    expect(outcome(await attempt(unknown, user.email, user.password))).toBe('429 42901');
  });

  it('end with the user', async () => {
    const client = from(service);
    const owner = await newOwner(client);
    const member = await newMember(client, owner, 'read_only');
    expect(await rowsOf(member)).toHaveLength(1);
    const before = await countRows(service.database, 'sign_in_networks');
    const path = `/api/v1/account/user/${member.id}`;
    const { status } = await request(client, 'DELETE', path, { bearer: owner.bearer });
    expect(status).toBe(204);
    expect(await countRows(service.database, 'sign_in_networks')).toBe(before - 1);
  });

  // What a digest is made with depends on no engine.
  if (target.database === 'sqlite') {
    it('stay familiar when the secret is rotated, and get a digest of the new one at the next write (S-201)', async () => {
      const address = newAddress();
      const user = await signUp(from(service, address));
      await signIn(from(service, address), user);
      const former = await rowOf(user);
      await service.stop();
      const second = randomBytes(48).toString('base64url');
      service = await start(`${second},${first}`, service.database);
      const again = () => attempt(from(service, address), user.email, user.password);
      await delay(user);
      expect(outcome(await again())).toBe('200');
      expect(await rowOf(user)).toEqual(former);
      await age(former.digest, 2 * DAY_MS);
      expect(outcome(await again())).toBe('200');
      expect((await rowOf(user)).digest).not.toBe(former.digest);
    });
  }
});
