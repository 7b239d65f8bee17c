import { beforeAll, expect, it } from '@jest/globals';
import { claimsOf } from '../support/claims.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { expireLinks, linksOf, tokenFor } from '../support/link-tokens.js';
import { newKey, newMember, newOwner, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

describeEachOnce('a change of address', (target) => {
  let service: SharedService;
  beforeAll(async () => {
    service = await sharedService(target);
  });

  const newAddress = () => newSignUp().email_address;
  const put = (bearer: string | undefined, json: unknown) =>
    request(service, 'PUT', '/api/v1/account/user/me/email', { bearer, json });
  const ask = ({ bearer, password }: Member, address: string) =>
    put(bearer, { current_password: password, new_email_address: address });
  const confirm = (token: string) =>
    request(service, 'POST', '/api/v1/account/email/verify', { json: { token } });
  const token = (userId: string) => tokenFor(service.database, userId, 'email_change');
  const me = async (bearer: string) =>
    (await request(service, 'GET', '/oauth/me', { bearer })).body;
  const attempt = (email: string, password: string) =>
    request(service, 'POST', '/oauth/token?grant_type=password', { basic: [email, password] });
  const trailOf = async (accountId: string) =>
    service.database.query(
      'SELECT event, actor_id, target_id, reason FROM audit_records WHERE account_id = ? ORDER BY created_at, id',
      [accountId],
    );

  it('takes effect when the new address confirms, and ends no session (S-112)', async () => {
    const owner = await newOwner(service);
    const address = newAddress().replace('ada-', 'Ada-');
    const answer = await ask(owner, address);
    expect([answer.status, answer.text]).toEqual([202, '{}']);
    expect((await me(owner.bearer)).email_address).toBe(owner.email);
    await signIn(service, owner);
    const { access_token: bearer, refresh_token } = await signIn(service, owner);
    const sent = await token(owner.id);
    expect((await confirm(sent)).status).toBe(200);
    expect(await me(bearer)).toMatchObject({
      email_address: address,
      is_verified: true,
      is_owner: true,
    });
    const renewed = await refresh(service, refresh_token);
    expect(renewed.status).toBe(200);
    expect(claimsOf(renewed.body.access_token)).toMatchObject({
      sub: address,
      is_account_verified: true,
    });
    expectRefusal(await attempt(owner.email, owner.password), 403, 40102);
    await signIn(service, { ...owner, email: address.toLowerCase() });
    const trail = await trailOf(owner.accountId);
    const changes = trail.filter(({ event }) => String(event).startsWith('email.change'));
    expect(changes).toEqual([
      { event: 'email.change_requested', actor_id: owner.id, target_id: owner.id, reason: null },
      { event: 'email.changed', actor_id: owner.id, target_id: owner.id, reason: null },
    ]);
    expect(JSON.stringify(trail)).not.toContain(address);
    // The old address is free.
    expect((await signUp(service, { email_address: owner.email })).accountId).not.toBe('');
    expectRefusal(await confirm(sent), 400, 40005);
  });

  it('needs the current password, with any token (S-12)', async () => {
    const owner = await newOwner(service);
    const new_email_address = newAddress();
    for (const current_password of ['', 'not it', `${owner.password} `]) {
      const answer = await put(owner.bearer, { current_password, new_email_address });
      expectRefusal(answer, 403, 40102);
    }
    const { apiKey } = await newKey(service, owner);
    const json = { current_password: owner.password, new_email_address };
    expectRefusal(await put(apiKey, json), 403, 40302);
    expectRefusal(await put(undefined, json), 401, 40101);
    expect(await linksOf(service.database, owner.id, 'email_change')).toEqual([]);
  });

  it.each([
    [{ new_email_address: 'ada' }],
    [{ new_email_address: 'ada@exa\u200bmple.com' }],
    [{ new_email_address: 'ad\u00ada@example.com' }],
    [{ new_email_address: `${'a'.repeat(250)}@example.com` }],
    [{ new_email_address: ['ada@example.com'] }],
    [{ new_email_address: undefined }],
    [{ email_address: 'ada@example.com' }],
    [{ current_password: 7 }],
  ])('refuses %j before any password is checked (40001, S-126, S-133, S-212)', async (change) => {
    const { bearer } = await newOwner(service);
    const json = { current_password: 'not it', new_email_address: newAddress(), ...change };
    const answer = await put(bearer, json);
    expectRefusal(answer, 400, 40001);
    expect(answer.body.errors[0].field).toBe(Object.keys(change)[0]);
  });

  it('to an address in use is answered and recorded like any other, and refused at its link (S-20)', async () => {
    const holder = await newOwner(service);
    const mover = await newOwner(service);
    const shown = ({ status, text }: HttpResponse) => [status, text];
    const free = await ask(mover, newAddress());
    const taken = await ask(mover, holder.email.toUpperCase());
    expect(shown(taken)).toEqual(shown(free));
    const trail = await trailOf(mover.accountId);
    const asked = trail.filter(({ event }) => event === 'email.change_requested');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual(asked[1]);
    const refusal = await confirm(await token(mover.id));
    expectRefusal(refusal, 400, 40005);
    expect(refusal.text).toBe((await confirm('x')).text);
    expect((await me(mover.bearer)).email_address).toBe(mover.email);
    await signIn(service, holder);
    await signIn(service, mover);
  });

  it('ends the other links of the user, and a newer one ends it (S-112)', async () => {
    const owner = await newOwner(service);
    const member = await newMember(service, owner, 'standard');
    await ask(member, newAddress());
    const first = await token(member.id);
    const address = newAddress();
    await ask(member, address);
    expectRefusal(await confirm(first), 400, 40005);
    const path = '/api/v1/account/email/verification';
    expect((await request(service, 'POST', path, { bearer: member.bearer })).status).toBe(202);
    const stale = await tokenFor(service.database, member.id, 'verification');
    expect((await confirm(await token(member.id))).status).toBe(200);
    expectRefusal(await confirm(stale), 400, 40005);
    expect((await me(member.bearer)).email_address).toBe(address);
    // Only the owner's address confirms the account.
    const tokens = await signIn(service, owner);
    expect(claimsOf(tokens.access_token).is_account_verified).toBe(false);
  });

  it.each(['expired', 'of a disabled user', 'asked for with an old password'])(
    'is refused by a link that is %s (40005)',
    async (fault) => {
      const owner = await newOwner(service);
      const member = await newMember(service, owner, 'standard');
      await ask(member, newAddress());
      const sent = await token(member.id);
      if (fault === 'expired') await expireLinks(service.database, member.id);
      else if (fault === 'of a disabled user') {
        await request(service, 'PATCH', `/api/v1/account/user/${member.id}`, {
          bearer: owner.bearer,
          json: { is_active: false },
        });
      } else {
        const json = {
          current_password: member.password,
          new_password: 'four brown bears by a blue lake',
        };
        const path = '/api/v1/account/user/me/password';
        expect((await request(service, 'PUT', path, { bearer: member.bearer, json })).status).toBe(
          204,
        );
      }
      expectRefusal(await confirm(sent), 400, 40005);
      const [row] = await service.database.query('SELECT email_address FROM users WHERE id = ?', [
        member.id,
      ]);
      expect(row?.email_address).toBe(member.email);
    },
  );

  it('is refused after a reset, whose user did not ask for it (40005)', async () => {
    const owner = await newOwner(service);
    await ask(owner, newAddress());
    const sent = await token(owner.id);
    const json = { email_address: owner.email };
    await request(service, 'POST', '/api/v1/account/password_reset', { json });
    const reset = await eventually(() => tokenFor(service.database, owner.id, 'reset'));
    const confirmed = await request(service, 'POST', '/api/v1/account/password_reset/confirm', {
      json: { token: reset, new_password: 'four brown bears by a blue lake' },
    });
    expect(confirmed.status).toBe(200);
    expectRefusal(await confirm(sent), 400, 40005);
    await signIn(service, { ...owner, password: 'four brown bears by a blue lake' });
  });

  it('may change the spelling of the own address', async () => {
    const owner = await newOwner(service);
    const address = owner.email.replace('ada', 'Ada');
    await ask(owner, address);
    expect((await confirm(await token(owner.id))).status).toBe(200);
    expect((await me(owner.bearer)).email_address).toBe(address);
  });

  it('is asked for ten times an hour by one user, and five times for one address (S-33)', async () => {
    const owner = await newOwner(service);
    const address = newAddress();
    for (let count = 0; count < 5; count++) {
      expect((await ask(owner, address)).status).toBe(202);
    }
    expectRefusal(await ask(owner, address), 429, 42901);
    // The refused one counted for the user.
    for (let count = 0; count < 4; count++) {
      expect((await ask(owner, newAddress())).status).toBe(202);
    }
    expectRefusal(await ask(owner, newAddress()), 429, 42901);
  });
});
