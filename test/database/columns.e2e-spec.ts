import { beforeAll, expect, it } from '@jest/globals';
import { newSignUp, signIn, signUp, type TestUser } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describeTargets(
  'the tables',
  (target) => {
    let service: SharedService;
    let user: TestUser;
    beforeAll(async () => {
      service = await sharedService(target);
      user = await signUp(service);
      await signIn(service, user);
    });

    it.each([
      ['accounts', 'id'],
      ['users', 'id'],
      ['users', 'password_hash'],
      ['users', 'canonical_email'],
      ['refresh_tokens', 'id'],
      ['refresh_tokens', 'salt'],
    ])('compare %s.%s byte by byte (S-113, S-182)', async (table, column) => {
      // A stored value that differs from its upper-case form.
      const [own] = await service.database.query(
        `SELECT ${column} AS value FROM ${table} WHERE ${column} <> UPPER(${column})`,
      );
      const stored = own?.value as string;
      expect(stored).toMatch(/[a-z]/);
      const matches = (value: string) =>
        countRows(service.database, table, `${column} = ?`, [value]);
      expect(await matches(stored)).toBe(1);
      expect(await matches(stored.toUpperCase())).toBe(0);
    });

    it('refuse an address with a trailing space, whatever the collation pads (S-113)', async () => {
      const padded = `${user.email} `;
      const json = { ...newSignUp(), email_address: padded };
      const signedUp = await request(service, 'POST', '/api/v1/account', { json });
      expect([signedUp.status, signedUp.body.code]).toEqual([400, 40001]);
      const signedIn = await request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [padded, user.password],
      });
      expect([signedIn.status, signedIn.body.code]).toEqual([403, 40102]);
    });

    it('have a random, unique id in every row (S-105)', async () => {
      await Promise.all([signUp(service), signUp(service), signUp(service)]);
      const ids: string[] = [];
      for (const table of ['accounts', 'users', 'refresh_tokens']) {
        const rows = await service.database.query(`SELECT id FROM ${table}`);
        ids.push(...rows.map(({ id }) => id as string));
      }
      expect(ids.length).toBeGreaterThan(8);
      for (const id of ids) expect(id).toMatch(UUID_V4);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('store times to the millisecond (S-182)', async () => {
      const earliest = Date.now();
      const { accountId } = await signUp(service);
      const [row] = await service.database.query('SELECT created_at FROM accounts WHERE id = ?', [
        accountId,
      ]);
      expect(row?.created_at).toBeGreaterThanOrEqual(earliest);
      expect(row?.created_at).toBeLessThanOrEqual(Date.now());
    });

    it('distinguish addresses that a collation would merge (S-113)', async () => {
      const json = newSignUp();
      const [, domain] = json.email_address.split('@');
      const unique = json.email_address.split('@')[0] ?? '';
      const addresses = [`a${unique}`, `á${unique}`, `ä${unique}`].map(
        (name) => `${name}@${domain}`,
      );
      for (const email_address of addresses) await signUp(service, { email_address });
      const places = addresses.map(() => '?').join();
      const condition = `canonical_email IN (${places})`;
      expect(await countRows(service.database, 'users', condition, addresses)).toBe(3);
    });

    it('treat NFC and NFD, upper and lower case of an address as one (S-113)', async () => {
      const composed = `é${newSignUp().email_address}`.normalize('NFC');
      const { password } = await signUp(service, { email_address: composed });
      const forms = [composed.normalize('NFD'), composed.toUpperCase(), composed];
      for (const email of forms) await signIn(service, { email, password });
      for (const email_address of forms) await signUp(service, { email_address });
      const condition = 'canonical_email = ?';
      expect(await countRows(service.database, 'users', condition, [composed])).toBe(1);
    });

    it('refuse text that is longer than its column, and truncate nothing (S-138)', async () => {
      const longest = '🦢'.repeat(100);
      const { accountId } = await signUp(service, { account_name: longest });
      const [row] = await service.database.query('SELECT name FROM accounts WHERE id = ?', [
        accountId,
      ]);
      expect(row?.name).toBe(longest);

      const json = { ...newSignUp(), account_name: 'n'.repeat(101) };
      const { status, body } = await request(service, 'POST', '/api/v1/account', { json });
      expect([status, body.code]).toEqual([400, 40001]);
      expect(body.errors[0].field).toBe('account_name');
    });
  },
  { adapters: ['fastify'] },
);
