import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { newSignUp, signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { newOwner } from '../support/members.js';
import { confirmReset, requestReset, tokenFor } from '../support/one-time-links.js';
import { inTurn } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { withinBound } from '../support/bound.js';
import { countRows, inParallel, liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'two instances on one database',
  (target) => {
    let database: TestDatabase;
    let instances: [TestService, TestService];
    const instance = (index: number) => instances[index % 2 === 0 ? 0 : 1];
    beforeAll(async () => {
      database = await createTestDatabase(target.database);
      const env = { GATEHOUSE_SECRET: randomBytes(48).toString('base64url') };
      const start = () => startService({ target, database, env });
      instances = await Promise.all([start(), start()]);
    });

    it('start together with one schema and one first owner (S-16, S-179)', async () => {
      const migrations = await database.query('SELECT name FROM gatehouse_migrations');
      expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
      expect(migrations.length).toBeGreaterThan(0);
      expect(await countRows(database, 'users')).toBe(1);
      expect(await countRows(database, 'accounts')).toBe(1);
      const printed = instances.filter((each) => /^ {2}Password {2}\S/m.test(each.output()));
      expect(printed).toHaveLength(1);
    });

    it('leave one session alive of 12 grants spread over both (S-49, S-189)', async () => {
      const user = await signUp(instance(0));
      const granted = await inParallel(12, (index) => signIn(instance(index), user));
      expect(await liveSessionIds(database, user.accountId)).toHaveLength(1);
      const answers = await Promise.all(
        granted.map(({ access_token: bearer }, index) =>
          request(instance(index + 1), 'GET', '/oauth/validate', { bearer }),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it('give one successor to 12 refreshes spread over both (S-50)', async () => {
      const tokens = await signIn(instance(0), await signUp(instance(1)));
      const answers = await inParallel(12, (index) =>
        refresh(instance(index), tokens.refresh_token),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from(answers, () => 200));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    });

    it('let one of 20 uses of a link succeed that are spread over both (S-108)', async () => {
      const user = await newOwner(instance(0));
      expect((await requestReset(instance(1), user.email)).status).toBe(202);
      const token = await tokenFor(database, user.id, 'reset');
      const passwords = Array.from({ length: 20 }, () => newSignUp().password);
      const answers = await inParallel(20, (index) =>
        inTurn(() => confirmReset(instance(index), token, passwords[index] ?? '')),
      );
      const winners = passwords.filter((_, index) => answers[index]?.status === 200);
      expect(winners).toHaveLength(1);
      expect(answers.filter(({ body }) => body.code === 40005)).toHaveLength(19);
      await signIn(instance(1), { email: user.email, password: winners[0] ?? '' });
    });

    it('refuse a session that the other revoked, also after a crash of both (S-59)', async () => {
      const tokens = await signIn(instance(0), await signUp(instance(0)));
      const bearer = tokens.access_token;
      expect((await request(instance(1), 'GET', '/oauth/me', { bearer })).status).toBe(200);

      expect((await revoke(instance(0), tokens)).status).toBe(200);
      // At once on this instance, within the published bound on the other.
      await expectRefused(instance(0));
      await withinBound(() => expectRefused(instance(1)));

      await Promise.all(instances.map((each) => each.kill()));
      // The one that did not revoke it, and that knows of it from the database alone.
      await instance(1).start();
      await expectRefused(instance(1));

      async function expectRefused(service: TestService): Promise<void> {
        const me = await request(service, 'GET', '/oauth/me', { bearer });
        expect([me.status, me.body.code]).toEqual([401, 40103]);
        const again = await refresh(service, tokens.refresh_token);
        expect([again.status, again.body.code]).toEqual([403, 40106]);
      }
    });
  },
  { databases: ['mariadb', 'postgres'], adapters: ['fastify'] },
);
