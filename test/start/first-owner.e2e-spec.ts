import { expect, it } from '@jest/globals';
import { signIn, signUp } from '../support/factories.js';
import { startService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';

const email = 'ada@example.com';
const password = 'Correct-Horse-9-Staple';
const production = { NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'true' };

describeTargets(
  'the first owner of an empty database',
  (target) => {
    it('comes from the configuration, whose password is never shown, and only while there is no user (S-16)', async () => {
      const service = await startService({ target, env: production });
      const { database } = service;
      // Without a setting, production creates no owner.
      expect(service.output()).not.toMatch(/First owner|account\.created/);
      expect(await database.query('SELECT id FROM users')).toEqual([]);
      await service.stop();

      const env = { OWNER_EMAIL: email, OWNER_PASSWORD: password };
      const open = await startService({ target, database, env });
      expect((await signIn(open, { email, password })).Scope).toEqual(['owner']);
      expect(open.output()).not.toContain(password);
      expect(open.output()).not.toContain('shown this once');
      const users = await database.query('SELECT email_address, role FROM users');
      expect(users).toEqual([{ email_address: email, role: 'owner' }]);
      await signUp(open);
      await open.stop();

      const other = { OWNER_EMAIL: 'eve@example.com', OWNER_PASSWORD: password };
      const again = await startService({ target, database, env: { ...production, ...other } });
      expect(again.output()).not.toMatch(/account\.created/);
      const rows = await database.query('SELECT id FROM users WHERE email_address = ?', [
        other.OWNER_EMAIL,
      ]);
      expect(rows).toEqual([]);
      await again.stop();
    });

    it('gets a random password outside production, printed once and never logged, and a different one in each new database (S-16)', async () => {
      const service = await startService({ target, env: { NODE_ENV: 'development' } });
      const shown = /shown this once:\n {2}Address {3}(\S+)\n {2}Password {2}(\S+)\n/.exec(
        service.output(),
      );
      const [, address = '', generated = ''] = shown ?? [];
      expect(generated).toMatch(/^[\w-]{24}$/);
      expect((await signIn(service, { email: address, password: generated })).Scope).toEqual([
        'owner',
      ]);

      await service.restart();
      const output = service.output();
      expect(output.split(generated)).toHaveLength(2);
      expect(output.split('First owner')).toHaveLength(2);
      // Log lines carry their context in brackets; the terminal's text does not.
      const logged = output.split('\n').filter((line) => line.includes('[Nest]'));
      expect(logged.join()).not.toContain(generated);
      expect(await service.database.query('SELECT id FROM users')).toHaveLength(1);
      await service.stop();

      const other = await startService({ target });
      await other.stop();
      const [, otherPassword] = /Password {2}(\S+)/.exec(other.output()) ?? [];
      expect(otherPassword).toMatch(/^[\w-]{24}$/);
      expect(otherPassword).not.toBe(generated);
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
