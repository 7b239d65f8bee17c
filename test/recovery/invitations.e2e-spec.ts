import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn } from '../support/factories.js';
import { request } from '../support/http.js';
import {
  enter,
  expectStatus,
  newKey,
  newMember,
  newOwner,
  newRole,
  newUser,
  type Member,
} from '../support/members.js';
import { acceptInvitation, confirmReset, linksOf, tokenFor } from '../support/one-time-links.js';
import { eventually, inTurn } from '../support/patience.js';
import { countRows, inParallel } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce, describeTargets } from '../support/targets.js';

const USERS = '/api/v1/account/user';
const newPassword = () => newSignUp().password;
const RESPONSE = { delivery: 'response' };

interface Invited {
  readonly id: string;
  readonly email: string;
}

/** Creates a user without a password. */
async function invited(service: SharedService, by: Member, role = 'standard'): Promise<Invited> {
  const { email_address } = newSignUp();
  const json = { email_address, first_name: 'Grace', surname: 'Hopper', role };
  const { body } = await expectStatus(201, service, 'POST', USERS, { bearer: by.bearer, json });
  return { id: body.id, email: email_address };
}

describeEachOnce('an invitation', (target) => {
  let service: SharedService;
  let owner: Member;
  let admin: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
    admin = await newMember(service, owner, 'admin');
  });

  const invite = (bearer: string, id: string, json: object = {}) =>
    request(service, 'POST', `${USERS}/${id}/invitation`, { bearer, json });
  const change = (id: string, json: object) =>
    expectStatus(200, service, 'PATCH', `${USERS}/${id}`, { bearer: owner.bearer, json });
  const token = (id: string) => tokenFor(service.database, id, 'invitation');
  const accept = (text: string, password = newPassword()) =>
    inTurn(() => acceptInvitation(service, text, password));
  const auditOf = async (userId: string) => {
    const rows = await service.database.query(
      'SELECT event FROM audit_records WHERE target_id = ? ORDER BY created_at',
      [userId],
    );
    return rows.map(({ event }) => event as string);
  };

  it('lets a user who was created without a password set one and sign in, once (S-107)', async () => {
    const user = await invited(service, owner);
    const [link] = await linksOf(service.database, user.id, 'invitation');
    expect(link).toMatchObject({ role: 'standard', address: user.email, created_by: owner.id });
    expect(Number(link?.expires_at) - Number(link?.created_at)).toBe(7 * 86_400_000);

    const text = await token(user.id);
    const password = newPassword();
    const accepted = await accept(text, password);
    expect([accepted.status, accepted.body]).toEqual([200, {}]);
    expectRefusal(await accept(text), 400, 40005);

    const member = await enter(service, { ...user, password, accountId: owner.accountId });
    const me = await request(service, 'GET', '/oauth/me', { bearer: member.bearer });
    expect(me.body).toMatchObject({ id: user.id, role: 'standard', is_verified: false });
    const events = ['user.created', 'invitation.created', 'invitation.accepted'];
    expect(await auditOf(user.id)).toEqual(expect.arrayContaining(events));
  });

  it('is not made for a user with a password, nor by a refused creation', async () => {
    const user = await newUser(service, owner, 'standard');
    expect(await linksOf(service.database, user.id, 'invitation')).toEqual([]);
    const before = await countRows(service.database, 'one_time_links');
    const json = { email_address: user.email, first_name: 'G', surname: 'H', role: 'standard' };
    const refused = await request(service, 'POST', USERS, { bearer: owner.bearer, json });
    expectRefusal(refused, 409, 40901);
    expect(await countRows(service.database, 'one_time_links')).toBe(before);
  });

  it('is refused alike for every reason, without naming it (40005)', async () => {
    const user = await invited(service, owner);
    const text = await token(user.id);
    const aged = await invited(service, owner);
    const expired = await token(aged.id);
    await service.database.query('UPDATE one_time_links SET expires_at = 1 WHERE user_id = ?', [
      aged.id,
    ]);
    const { digest } = (await linksOf(service.database, user.id, 'invitation'))[0] ?? {};
    const wrong = [
      '',
      'x',
      'x'.repeat(64),
      `${text.slice(0, 63)}${text.endsWith('A') ? 'B' : 'A'}`,
      `${text} `,
      digest,
      expired,
    ];
    const answers = new Set<string>();
    for (const each of wrong) {
      const refused = await accept(each);
      expectRefusal(refused, 400, 40005);
      answers.add(refused.text);
    }
    expect(answers.size).toBe(1);
    expectRefusal(await confirmReset(service, text, newPassword()), 400, 40005);
    expect((await accept(text)).status).toBe(200);
  });

  it('survives a refused password, which is not hashed (40001)', async () => {
    const user = await invited(service, owner);
    const text = await token(user.id);
    for (const password of ['short', 'password'.repeat(3), user.email]) {
      const refused = await accept(text, password);
      expectRefusal(refused, 400, 40001);
      expect(refused.body.errors).toEqual([
        { field: 'password', message: expect.not.stringContaining(password) },
      ]);
    }
    for (const json of [{}, { token: text }, { token: text, password: 1 }, { token: 1 }]) {
      const path = '/api/v1/account/invitation/accept';
      expectRefusal(await request(service, 'POST', path, { json }), 400, 40001);
    }
    expect((await accept(text)).status).toBe(200);
  });

  it.each([
    ['another role', (id: string) => change(id, { role: 'read_only' })],
    ['a deactivation', (id: string) => change(id, { is_active: false })],
    [
      'a deletion',
      (id: string) =>
        expectStatus(204, service, 'DELETE', `${USERS}/${id}`, { bearer: owner.bearer }),
    ],
  ])('is void after %s of its user (S-109, S-169)', async (_, act) => {
    const user = await invited(service, owner);
    const text = await token(user.id);
    await act(user.id);
    expect(await linksOf(service.database, user.id, 'invitation')).toEqual([]);
    expectRefusal(await accept(text), 400, 40005);
  });

  it('stays with other names, and is refused where the row no longer fits (S-107)', async () => {
    const user = await invited(service, owner);
    const text = await token(user.id);
    await change(user.id, { surname: 'H.' });
    await service.database.query("UPDATE users SET role = 'read_only' WHERE id = ?", [user.id]);
    expectRefusal(await accept(text), 400, 40005);
    expect(await auditOf(user.id)).toContain('link.refused');
    await service.database.query("UPDATE users SET role = 'standard' WHERE id = ?", [user.id]);
    expect((await accept(text)).status).toBe(200);
  });

  describe('of an author who', () => {
    async function byAuthor(): Promise<{ author: Member; text: string }> {
      const author = await newMember(service, owner, 'admin');
      return { author, text: await token((await invited(service, author)).id) };
    }

    it.each([
      ['was demoted', (id: string) => change(id, { role: 'standard' })],
      ['was disabled', (id: string) => change(id, { is_active: false })],
      [
        'was deleted',
        (id: string) =>
          expectStatus(204, service, 'DELETE', `${USERS}/${id}`, { bearer: owner.bearer }),
      ],
    ])('%s is refused, also after they are back (S-109)', async (_, act) => {
      const { author, text } = await byAuthor();
      await act(author.id);
      expectRefusal(await accept(text), 400, 40005);
      await service.database.query(
        "UPDATE users SET role = 'admin', is_active = TRUE WHERE id = ?",
        [author.id],
      );
      expectRefusal(await accept(text), 400, 40005);
    });

    it('no longer holds the role that it gives is refused (S-109)', async () => {
      const name = `hr_${randomUUID().slice(0, 8)}`;
      const roleId = await newRole(service, owner, name, [
        'users:read',
        'users:write',
        'send_only',
      ]);
      const hr = await newMember(service, owner, name);
      const text = await token((await invited(service, hr, 'send_only')).id);
      const bearer = owner.bearer;
      const json = { name, scopes: ['users:read', 'users:write'] };
      await expectStatus(200, service, 'PUT', `/api/v1/account/role/${roleId}`, { bearer, json });
      expectRefusal(await accept(text), 400, 40005);
    });

    it('is an API key is refused once the key is revoked (S-109)', async () => {
      const name = `ci_${randomUUID().slice(0, 8)}`;
      await newRole(service, owner, name, ['users:read', 'users:write', 'send_only']);
      const key = await newKey(service, owner, name);
      const texts = [];
      for (const _ of [1, 2]) {
        const { email_address } = newSignUp();
        const json = { email_address, first_name: 'G', surname: 'H', role: 'send_only' };
        const basic = [key.key, key.secret] as const;
        const made = await request(service, 'POST', USERS, { basic, json });
        expect(made.status).toBe(201);
        texts.push(await token(made.body.id));
      }
      expect((await accept(texts[0] ?? '')).status).toBe(200);
      const path = `/api/v1/account/api_key/${key.id}/revoke`;
      await expectStatus(200, service, 'PUT', path, { bearer: owner.bearer });
      expectRefusal(await accept(texts[1] ?? ''), 400, 40005);
    });
  });

  it('is sent anew with one answer for every user of the account (S-21)', async () => {
    const open = await invited(service, admin);
    const disabled = await invited(service, admin);
    await change(disabled.id, { is_active: false });
    const ready = await newUser(service, owner, 'standard');
    const shapes = new Set<string>();
    for (const { id } of [open, disabled, ready, owner, admin]) {
      const { status, text } = await invite(admin.bearer, id);
      shapes.add(`${status} ${text}`);
    }
    expect([...shapes]).toEqual(['202 {}']);
    await eventually(async () => {
      expect(await linksOf(service.database, open.id, 'invitation')).toHaveLength(2);
      expect(
        await countRows(service.database, 'event_deliveries', "listener = 'gatehouse:invitation'"),
      ).toBe(0);
    });
    for (const { id } of [disabled, ready, owner, admin]) {
      expect(await linksOf(service.database, id, 'invitation')).toEqual([]);
    }
    expect((await accept(await token(open.id))).status).toBe(200);
    expect(await linksOf(service.database, open.id, 'invitation')).toEqual([]);
  });

  it('is sent five times an hour to one address, also of users who are created again (S-33)', async () => {
    const author = await newOwner(service);
    const { bearer } = author;
    const { email_address } = newSignUp();
    const json = { email_address, first_name: 'Grace', surname: 'Hopper', role: 'standard' };
    const sent = () =>
      countRows(
        service.database,
        'audit_records',
        "event = 'invitation.created' AND account_id = ?",
        [author.accountId],
      );
    let id = '';
    for (let count = 1; count <= 6; count++) {
      if (id !== '') await expectStatus(204, service, 'DELETE', `${USERS}/${id}`, { bearer });
      id = (await expectStatus(201, service, 'POST', USERS, { bearer, json })).body.id;
      expect(await sent()).toBe(Math.min(count, 5));
    }
    expect((await invite(bearer, id)).status).toBe(202);
    expect(
      await countRows(service.database, 'event_deliveries', "listener = 'gatehouse:invitation'"),
    ).toBe(0);
    expect(await linksOf(service.database, id, 'invitation')).toEqual([]);
    // Nobody but the author sees this one.
    expect((await accept((await invite(bearer, id, RESPONSE)).body.token)).status).toBe(200);
  });

  it('is sent for no user of another account, and by nobody without users:write (40410, 40302)', async () => {
    const stranger = await newOwner(service);
    const user = await invited(service, owner);
    for (const json of [{}, RESPONSE]) {
      for (const id of [user.id, randomUUID(), 'me']) {
        expectRefusal(await invite(stranger.bearer, id, json), 404, 40410);
      }
      const reader = await newMember(service, owner, 'read_only');
      expectRefusal(await invite(reader.bearer, user.id, json), 403, 40302);
    }
    for (const json of [{ delivery: 'sms' }, { delivery: null }, { role: 'owner' }]) {
      expectRefusal(await invite(owner.bearer, user.id, json), 400, 40001);
    }
  });

  describe('in the answer', () => {
    it('is a link that works once, is audited, and is told to nobody else (S-13)', async () => {
      const user = await invited(service, owner);
      const shown = await invite(admin.bearer, user.id, RESPONSE);
      expect(shown.status).toBe(202);
      expect(shown.headers.get('cache-control')).toBe('no-store');
      const { url, token: text, expires_at } = shown.body;
      expect(Object.keys(shown.body)).toEqual(['url', 'token', 'expires_at']);
      expect(url).toBe(`/link/invitation?token=${text}`);
      const links = await linksOf(service.database, user.id, 'invitation');
      expect(links.map((link) => Number(link.expires_at))).toContain(expires_at);
      expect(JSON.stringify(links)).not.toContain(text);
      expect(await auditOf(user.id)).toContain('one_time_link.shown');
      expect((await accept(text)).status).toBe(200);
      expectRefusal(await accept(text), 400, 40005);
      expect(service.output()).not.toContain(text);
    });

    it('begins with no Host of the request (S-111)', async () => {
      const user = await invited(service, owner);
      const path = `http://evil.example${USERS}/${user.id}/invitation`;
      const { bearer } = owner;
      const shown = await request(service, 'POST', path, { bearer, json: RESPONSE });
      expect(shown.body.url).toMatch(/^\/link\/invitation\?token=/);
    });

    it('is for one who lost the password too, without mail: the sessions end (S-55)', async () => {
      const member = await newMember(service, owner, 'standard');
      const { body } = await expectStatus(
        202,
        service,
        'POST',
        `${USERS}/${member.id}/invitation`,
        {
          bearer: owner.bearer,
          json: RESPONSE,
        },
      );
      const me = () => request(service, 'GET', '/oauth/me', { bearer: member.bearer });
      expectRefusal(await me(), 401, 40103);
      const [link] = await linksOf(service.database, member.id, 'invitation');
      expect(Number(link?.expires_at) - Number(link?.created_at)).toBe(3_600_000);
      const again = await enter(service, member);
      const password = newPassword();
      expect((await accept(body.token, password)).status).toBe(200);
      expectRefusal(
        await request(service, 'GET', '/oauth/me', { bearer: again.bearer }),
        401,
        40103,
      );
      expect((await signIn(service, { ...member, password })).token_type).toBe('bearer');
    });

    it('is for no owner, for nobody above the caller, not for oneself, and not for a disabled user', async () => {
      expectRefusal(await invite(admin.bearer, owner.id, RESPONSE), 403, 40303);
      expectRefusal(await invite(owner.bearer, owner.id, RESPONSE), 403, 40303);
      expectRefusal(await invite(admin.bearer, admin.id, RESPONSE), 403, 40302);
      const name = `hr_${randomUUID().slice(0, 8)}`;
      await newRole(service, owner, name, ['users:read', 'users:write', 'send_only']);
      const hr = await newMember(service, owner, name);
      const above = await invited(service, owner, 'standard');
      expectRefusal(await invite(hr.bearer, above.id, RESPONSE), 403, 40302);
      const disabled = await invited(service, owner);
      await change(disabled.id, { is_active: false });
      expectRefusal(await invite(owner.bearer, disabled.id, RESPONSE), 409, 40901);
      for (const { id } of [owner, admin, disabled]) {
        expect(await linksOf(service.database, id, 'invitation')).toEqual([]);
      }
      expect(await linksOf(service.database, above.id, 'invitation')).toHaveLength(1);
    });

    it('is for no API key, whatever its role', async () => {
      const name = `ci_${randomUUID().slice(0, 8)}`;
      await newRole(service, owner, name, ['users:read', 'users:write', 'send_only']);
      const key = await newKey(service, owner, name);
      const user = await invited(service, owner, 'send_only');
      const path = `${USERS}/${user.id}/invitation`;
      const basic = [key.key, key.secret] as const;
      const shown = await request(service, 'POST', path, { basic, json: RESPONSE });
      expectRefusal(shown, 403, 40302);
      expect((await request(service, 'POST', path, { basic, json: {} })).status).toBe(202);
    });
  });
});

describeTargets(
  'simultaneous uses of an invitation',
  (target) => {
    it('have one success: 20 of one link (S-108)', async () => {
      const service = await sharedService(target);
      const owner = await newOwner(service);
      const user = await invited(service, owner);
      const text = await tokenFor(service.database, user.id, 'invitation');
      const passwords = Array.from({ length: 20 }, () => newPassword());
      const answers = await inParallel(20, (index) =>
        inTurn(() => acceptInvitation(service, text, passwords[index] ?? '')),
      );
      const winners = passwords.filter((_, index) => answers[index]?.status === 200);
      expect(winners).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expectRefusal(answer, 400, 40005);
      }
      await signIn(service, { email: user.email, password: winners[0] ?? '' });
      const accepted = "event = 'invitation.accepted' AND target_id = ?";
      expect(await countRows(service.database, 'audit_records', accepted, [user.id])).toBe(1);
    });
  },
  { adapters: ['fastify'] },
);
