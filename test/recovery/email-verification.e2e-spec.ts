import { beforeAll, expect, it } from '@jest/globals';
import { claimsOf } from '../support/claims.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { expireLinks, linksOf, tokenFor } from '../support/link-tokens.js';
import { enter, newKey, newMember, newOwner, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

describeEachOnce('the confirmation of an address', (target) => {
  let service: SharedService;
  beforeAll(async () => {
    service = await sharedService(target);
  });

  const verify = (json: unknown) =>
    request(service, 'POST', '/api/v1/account/email/verify', { json });
  const ask = (bearer?: string) =>
    request(service, 'POST', '/api/v1/account/email/verification', { bearer });
  const me = async ({ bearer }: Pick<Member, 'bearer'>) =>
    (await request(service, 'GET', '/oauth/me', { bearer })).body;
  const links = (userId: string) => linksOf(service.database, userId, 'verification');
  const token = (userId: string) => tokenFor(service.database, userId, 'verification');
  const eventsOf = async (accountId: string, event: string) =>
    service.database.query(
      'SELECT actor_type, target_id, reason FROM audit_records WHERE account_id = ? AND event = ?',
      [accountId, event],
    );

  it('is asked for by a sign-up, and confirms owner and account (contract §7)', async () => {
    const owner = await newOwner(service);
    expect((await me(owner)).is_verified).toBe(false);
    expect(claimsOf(owner.bearer).is_account_verified).toBe(false);
    expect(await eventsOf(owner.accountId, 'email.verification_requested')).toEqual([
      { actor_type: 'anonymous', target_id: owner.id, reason: null },
    ]);
    const sent = await token(owner.id);
    const answer = await verify({ token: sent });
    expect([answer.status, answer.text]).toEqual([200, '{}']);
    // At once, also for a token that was verified before.
    expect((await me(owner)).is_verified).toBe(true);
    const tokens = await signIn(service, owner);
    expect(claimsOf(tokens.access_token).is_account_verified).toBe(true);
    expect(await eventsOf(owner.accountId, 'email.verified')).toEqual([
      { actor_type: 'user', target_id: owner.id, reason: null },
    ]);
    expectRefusal(await verify({ token: sent }), 400, 40005);
    const held = await service.database.query('SELECT * FROM audit_records WHERE account_id = ?', [
      owner.accountId,
    ]);
    expect(JSON.stringify(held) + service.output()).not.toContain(sent);
    expect(JSON.stringify(held)).not.toContain(owner.email);
  });

  it('of another user leaves the account as it is', async () => {
    const owner = await newOwner(service);
    const member = await newMember(service, owner, 'standard');
    expect(await links(member.id)).toEqual([]);
    expect((await ask(member.bearer)).status).toBe(202);
    expect((await verify({ token: await token(member.id) })).status).toBe(200);
    expect((await me(member)).is_verified).toBe(true);
    const tokens = await signIn(service, owner);
    expect(claimsOf(tokens.access_token).is_account_verified).toBe(false);
    expect((await me({ bearer: tokens.access_token })).is_verified).toBe(false);
  });

  it('is asked for anew with one answer, whether or not it has happened', async () => {
    const owner = await newOwner(service);
    const before = await ask(owner.bearer);
    expect([before.status, before.text]).toEqual([202, '{}']);
    expect(await links(owner.id)).toHaveLength(2);
    await verify({ token: await token(owner.id) });
    // The other link ends with it.
    expect(await links(owner.id)).toEqual([]);
    const after = await ask(owner.bearer);
    expect([after.status, after.text]).toEqual([202, '{}']);
    expect(await links(owner.id)).toEqual([]);
  });

  it('is asked for by users only, five times an hour (S-33)', async () => {
    const owner = await newOwner(service);
    const { apiKey } = await newKey(service, owner);
    expectRefusal(await ask(apiKey), 403, 40302);
    expectRefusal(await ask(), 401, 40101);
    for (let count = 0; count < 5; count++) expect((await ask(owner.bearer)).status).toBe(202);
    expectRefusal(await ask(owner.bearer), 429, 42901);
    // Only the newest links stay open.
    expect(await links(owner.id)).toHaveLength(3);
  });

  it('is refused alike for an unknown, used, expired and void link (40005, S-107)', async () => {
    const owner = await newOwner(service);
    const member = await newMember(service, owner, 'standard');
    const refusals: string[] = [];
    const refuse = async (presented: string) => {
      const answer = await verify({ token: presented });
      expectRefusal(answer, 400, 40005);
      refusals.push(answer.text);
    };
    for (const text of ['', 'x', 'A'.repeat(64), `${'A'.repeat(64)}=`, 'é'.repeat(64)]) {
      await refuse(text);
    }
    const good = await token(owner.id);
    await refuse(good.slice(0, -4) + (good.endsWith('AAAA') ? 'BBBB' : 'AAAA'));
    await refuse(good.toUpperCase());
    const [digest] = await service.database.query(
      'SELECT digest FROM one_time_links WHERE user_id = ?',
      [owner.id],
    );
    await refuse(String(digest?.digest));
    await expireLinks(service.database, owner.id);
    await refuse(good);
    await ask(member.bearer);
    const ofDisabled = await token(member.id);
    await request(service, 'PATCH', `/api/v1/account/user/${member.id}`, {
      bearer: owner.bearer,
      json: { is_active: false },
    });
    await refuse(ofDisabled);
    expect(new Set(refusals).size).toBe(1);
    expect((await me(owner)).is_verified).toBe(false);
  });

  it('takes no link of another purpose (S-107)', async () => {
    const owner = await newOwner(service);
    for (const purpose of ['reset', 'invitation']) {
      const presented = await token(owner.id);
      const sql = 'UPDATE one_time_links SET purpose = ? WHERE user_id = ?';
      await service.database.query(sql, [purpose, owner.id]);
      expectRefusal(await verify({ token: presented }), 400, 40005);
      await service.database.query(sql, ['verification', owner.id]);
    }
    expect((await me(owner)).is_verified).toBe(false);
  });

  it.each([[{}], [{ token: 7 }], [{ token: null }], [{ token: 'x', id: 'y' }], [[]]])(
    'refuses the body %j (S-126, S-133)',
    async (json) => expectRefusal(await verify(json), 400, 40001),
  );

  it('is refused in the query: the token stands in a body only', async () => {
    const owner = await newOwner(service);
    const path = `/api/v1/account/email/verify?token=${await token(owner.id)}`;
    expect((await request(service, 'POST', path, { json: {} })).status).toBe(400);
    expect((await request(service, 'GET', path.replace(/\?.*/, ''))).status).toBe(405);
    expect((await me(owner)).is_verified).toBe(false);
  });

  it('of a deleted account opens nothing (S-106)', async () => {
    const user = await signUp(service);
    const owner = await enter(service, user);
    const sent = await token(owner.id);
    const options = { bearer: owner.bearer, json: { password: owner.password } };
    expect((await request(service, 'DELETE', '/api/v1/account', options)).status).toBe(204);
    expect(await links(owner.id)).toEqual([]);
    expectRefusal(await verify({ token: sent }), 400, 40005);
  });

  it('is told to the user of an address that signs up again, five times an hour (S-20, S-33)', async () => {
    const owner = await newOwner(service);
    for (let count = 0; count < 5; count++) {
      const json = { ...newSignUp(), email_address: owner.email.toUpperCase() };
      const answer = await request(service, 'POST', '/api/v1/account', { json });
      expect([answer.status, Object.keys(answer.body)]).toEqual([202, ['account_id']]);
    }
    const json = { ...newSignUp(), email_address: owner.email };
    expect((await request(service, 'POST', '/api/v1/account', { json })).status).toBe(202);
    const told = await eventsOf(owner.accountId, 'sign_up.repeated');
    // The first letter to the address was that of the sign-up itself.
    expect(told).toEqual(
      Array.from({ length: 4 }, () => ({
        actor_type: 'anonymous',
        target_id: owner.id,
        reason: null,
      })),
    );
  });
});
