import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

describeEachOnce('POST /api/v1/account', (target) => {
  let service: SharedService;
  beforeAll(async () => {
    service = await sharedService(target);
  });

  const post = (json: unknown) => request(service, 'POST', '/api/v1/account', { json });

  it('opens an account whose owner can sign in at once (contract §7)', async () => {
    const user = await signUp(service, { full_name: 'Ada' });
    const { access_token: bearer } = await signIn(service, user);
    const { body } = await request(service, 'GET', '/oauth/me', { bearer });
    expect([body.account_id, body.first_name, body.surname]).toEqual([user.accountId, 'Ada', '']);
  });

  it('accepts a plan', async () => {
    const answer = await post({ ...newSignUp(), plan_id: '7b1c4b9e-0f61-4a5e-9a53-0a8b5f6d2c11' });
    expect(answer.status).toBe(202);
  });

  it('lets the user sign in under every spelling of the address, and under no other (S-113)', async () => {
    const user = await signUp(service, { email_address: `Zoë.${Date.now()}@Bücher.example` });
    for (const email of [
      user.email.toLowerCase(),
      user.email.toUpperCase(),
      user.email.normalize('NFD'),
      user.email.replace('Bücher', 'xn--bcher-kva'),
    ]) {
      await signIn(service, { ...user, email });
    }
    const other = user.email.replace('ë', 'e');
    const refusal = await request(service, 'POST', '/oauth/token?grant_type=password', {
      basic: [other, user.password],
    });
    expectRefusal(refusal, 403, 40102);
  });

  it('has no user sign in under an address with invisible characters in it (S-212)', async () => {
    const user = await signUp(service);
    const [local = '', domain = ''] = user.email.split('@');
    for (const invisible of ['\u200b', '\u00ad', '\u2060', '\ufeff', '\ufe0f']) {
      for (const email of [
        `${local}@${domain.replace('.', `${invisible}.`)}`,
        `${local}@${invisible}${domain}`,
        `${local}${invisible}@${domain}`,
      ]) {
        const { password } = user;
        const byHeader = { basic: [email, password] } as const;
        const byBody = { json: { username: email, password } };
        for (const options of [byHeader, byBody]) {
          const path = '/oauth/token?grant_type=password';
          expectRefusal(await request(service, 'POST', path, options), 403, 40102);
        }
      }
    }
    await signIn(service, user);
  });

  it('leaves a user alone whose address has held an invisible character since before (S-212)', async () => {
    const user = await signUp(service);
    const email = user.email.replace('@', '\u200b@');
    const sql = 'UPDATE users SET email_address = ?, canonical_email = ? WHERE account_id = ?';
    await service.database.query(sql, [email, email, user.accountId]);
    await signIn(service, { ...user, email });
    const path = '/oauth/token?grant_type=password';
    const basic = [user.email, user.password] as const;
    expectRefusal(await request(service, 'POST', path, { basic }), 403, 40102);
  });

  it.each(['account_name', 'full_name', 'email_address', 'password', 'country', 'terms'])(
    'requires %s',
    async (field) => {
      const { [field]: _, ...json } = { ...newSignUp() } as Record<string, unknown>;
      const answer = await post(json);
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors).toEqual([{ field, message: expect.any(String) }]);
    },
  );

  it.each([
    ['account_name', '   '],
    ['account_name', 'x'.repeat(101)],
    ['account_name', '\u2764\uFE0F'.repeat(100)],
    ['full_name', '\u2764\uFE0F'.repeat(51)],
    ['account_name', 7],
    ['full_name', ['Ada']],
    ['email_address', 'ada'],
    ['email_address', `${'a'.repeat(250)}@example.com`],
    ['email_address', 'ada @example.com'],
    ['email_address', 'ada@example.com '],
    ['email_address', 'ada\u200b@example.com'],
    ['email_address', 'ada@exa\u200bmple.com'],
    ['email_address', '\ufeffada@example.com'],
    ['email_address', 'ad\u00ada@example.com'],
    ['email_address', 'ada\ufe0f@example.com'],
    ['email_address', 'ada\u3164@example.com'],
    ['email_address', 'ada\u2003@example.com'],
    ['password', 0],
    ['password', {}],
    ['country', 'Netherlands'],
    ['country', 'XXX'],
    ['terms', false],
    ['terms', 'true'],
    ['plan_id', 'gold'],
    ['plan_id', null],
    ['role', 'owner'],
    ['is_verified', true],
    ['id', '7b1c4b9e-0f61-4a5e-9a53-0a8b5f6d2c11'],
  ])('refuses %s = %j and names the field (S-126, S-133, S-138, S-212)', async (field, value) => {
    const before = await countRows(service.database, 'accounts');
    const answer = await post({ ...newSignUp(), [field]: value });
    expectRefusal(answer, 400, 40001);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    expect(await countRows(service.database, 'accounts')).toBe(before);
  });
});
