import { expect, it } from '@jest/globals';
import bcrypt from 'bcrypt';
import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { request } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { runToExit, startService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';

/** The rounds that a service of the tests runs for a cost of 12 (test/support/less-work.mjs). */
const RUN_ROUNDS = '$2b$06$';

const newSecret = () => randomBytes(48).toString('base64url');

async function storedHash(database: TestDatabase, { email }: TestUser): Promise<string> {
  const [row] = await database.query('SELECT password_hash FROM users WHERE email_address = ?', [
    email,
  ]);
  return String(row?.password_hash);
}

/** Parses `$scheme$pepper$2b$cost$…`. */
function facts(hash: string) {
  const [, scheme, pepper, , cost] = hash.split('$');
  return { scheme, pepper, cost };
}

describeTargets(
  'rotation of GATEHOUSE_SECRET',
  (target) => {
    it('ends no session and rehashes each password at its next sign-in; the cost is 12 by default (S-05, S-06, S-07, S-201)', async () => {
      const database = await createTestDatabase(target.database);
      const [former, current] = [newSecret(), newSecret()];
      const start = (secret: string, cost?: string, lost?: string) =>
        startService({
          target,
          database,
          env: {
            GATEHOUSE_SECRET: secret,
            BCRYPT_COST: cost,
            MAX_SESSIONS: '3',
            ACCEPT_LOST_KEYS: lost,
          },
        });

      const before = await start(former);
      const [active, idle] = [await signUp(before), await signUp(before)];
      const { access_token: bearer, refresh_token } = await signIn(before, active);
      const oldHash = await storedHash(database, active);
      expect(facts(oldHash)).toMatchObject({ scheme: 'bcrypt-hmac-sha384', cost: '12' });
      // Without the pepper the stored hash says nothing about the password.
      const bare = oldHash.slice(oldHash.indexOf('$2b$')).replace('$2b$12$', () => RUN_ROUNDS);
      expect(await bcrypt.compare(active.password, bare)).toBe(false);
      await before.stop();

      const during = await start(`${current},${former}`, '13');
      expect((await request(during, 'GET', '/oauth/me', { bearer })).status).toBe(200);
      const refreshed = await request(during, 'POST', '/oauth/token?grant_type=refresh_token', {
        json: { refresh_token },
      });
      expect(refreshed.status).toBe(200);
      expectRefusal(
        await request(during, 'POST', '/oauth/token?grant_type=password', {
          basic: [active.email, 'wrong'],
        }),
        403,
        40102,
      );
      expect(await storedHash(database, active)).toBe(oldHash);
      await signIn(during, active);
      // The new hash is written in the background.
      await eventually(async () => expect(await storedHash(database, active)).not.toBe(oldHash));
      const moved = facts(await storedHash(database, active));
      expect(moved.pepper).not.toBe(facts(oldHash).pepper);
      expect(moved.cost).toBe('13');
      expect(facts(await storedHash(database, idle)).pepper).toBe(facts(oldHash).pepper);
      const fresh = await signIn(during, active);
      await during.stop();

      // The hashes of the idle user and of the first owner still depend on the former secret.
      const { output } = await runToExit({ DATABASE_URL: database.url, GATEHOUSE_SECRET: current });
      expect(output).toContain('2 password hashes were made');
      const lost = /ACCEPT_LOST_KEYS=([\da-f,]+)/.exec(output)?.[1];
      const after = await start(current, '13', lost);
      await signIn(after, active);
      const me = (token: string) => request(after, 'GET', '/oauth/me', { bearer: token });
      expect((await me(fresh.access_token)).status).toBe(200);
      expectRefusal(await me(bearer), 401, 40103);
      expectRefusal(
        await request(after, 'POST', '/oauth/token?grant_type=refresh_token', {
          json: { refresh_token },
        }),
        403,
        40106,
      );
      expectRefusal(
        await request(after, 'POST', '/oauth/token?grant_type=password', {
          basic: [idle.email, idle.password],
        }),
        403,
        40102,
      );
      await after.stop();
    });
  },
  { databases: ['mariadb'], adapters: ['fastify'] },
);
