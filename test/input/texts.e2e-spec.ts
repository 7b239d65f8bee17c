import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const TEXT_MEMBERS = [
  'account_name',
  'full_name',
  'email_address',
  'password',
  'country',
  'plan_id',
];

describeEachOnce('a text in a request', (target) => {
  let service: SharedService;
  let user: TestUser;
  let tokens: Tokens;
  beforeAll(async () => {
    service = await sharedService(target);
    user = await signUp(service);
    tokens = await signIn(service, user);
  });

  const openAccount = (json: unknown) => request(service, 'POST', '/api/v1/account', { json });
  const token = (json: unknown) => request(service, 'POST', '/oauth/token', { json });
  const revoke = (json: unknown) =>
    request(service, 'POST', '/oauth/revoke', { json, bearer: tokens.access_token });

  /** Expects a refusal that names the faulty field and repeats no value. */
  async function expectFieldFault(field: string, json: Record<string, unknown>): Promise<void> {
    const response = await openAccount(json);
    expectRefusal(response, 400, 40001);
    expect(response.body.errors).toEqual([{ field, message: expect.any(String) }]);
  }

  describe('with unsafe text', () => {
    const unsafe = [
      '\0',
      '\u0001',
      '\t',
      '\n',
      '\r\n',
      '\u001b',
      '\u007f',
      '\u0085',
      '\ud800',
      '\udc00',
    ];

    it.each(TEXT_MEMBERS)('is refused at sign-up: %s (S-136)', async (name) => {
      const good: Record<string, unknown> = { ...newSignUp(), plan_id: 'x' };
      for (const text of unsafe) {
        await expectFieldFault(name, { ...newSignUp(), [name]: `${String(good[name])}${text}` });
      }
    });

    it('is refused in a name (S-136)', async () => {
      expectRefusal(await openAccount({ ...newSignUp(), 'a\0b': 1 }), 400, 40001);
    });

    it.each(unsafe.map((text) => [text]))(
      'is refused at token and revoke: %p (S-136)',
      async (text) => {
        const grant = { grant_type: 'password', username: user.email, password: user.password };
        expectRefusal(await token({ ...grant, username: `${user.email}${text}` }), 400, 40001);
        expectRefusal(await token({ ...grant, password: `${user.password}${text}` }), 400, 40001);
        expectRefusal(await revoke({ refresh_token: text }), 400, 40001);
      },
    );
  });

  describe('that is too long', () => {
    it.each([
      ['account_name', 'a'.repeat(101)],
      ['account_name', '🚪'.repeat(101)],
      ['full_name', 'a'.repeat(101)],
      ['full_name', `A ${'é'.repeat(99)}`],
      ['email_address', `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c.'.repeat(70)}com`],
      ['country', 'NLDX'],
      ['plan_id', '7b1c4b9e-0f61-4a5e-9a53-0a8b5f6d2c111'],
      ['password', 'p'.repeat(1_025)],
      ['password', 'p'.repeat(60_000)],
    ])('is refused and not truncated: %s (S-138)', async (name, value) => {
      await expectFieldFault(name, { ...newSignUp(), [name]: value });
    });

    it('is stored in full at its limit, which counts characters and not bytes (S-138)', async () => {
      const json = { ...newSignUp(), account_name: '🚪'.repeat(100), full_name: '🚪'.repeat(100) };
      const response = await openAccount(json);
      expect(response.status).toBe(202);
      const [row] = await service.database.query(
        'SELECT a.name AS name, u.first_name AS first FROM accounts a JOIN users u ON u.account_id = a.id WHERE a.id = ?',
        [response.body.account_id],
      );
      expect(row).toEqual({ name: json.account_name, first: json.full_name });
    });
  });

  describe('that looks like SQL', () => {
    it.each(["' OR '1'='1", "'; DROP TABLE users; --", '" OR ""="', '%', '_', '\\', '`', '/*'])(
      'is treated as plain text: %p (S-135)',
      async (text) => {
        const grant = { grant_type: 'password', password: user.password };
        expectRefusal(await token({ ...grant, username: text }), 403, 40102);
        expectRefusal(await token({ ...grant, username: `${text}@example.com` }), 403, 40102);
        expect((await openAccount({ ...newSignUp(), account_name: `A ${text}` })).status).toBe(202);
        const [row] = await service.database.query(
          'SELECT count(*) AS n FROM accounts WHERE name = ?',
          [`A ${text}`],
        );
        expect(Number(row?.n)).toBe(1);
      },
    );
  });
});
