import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import {
  expectStatus,
  newKey,
  newMember,
  newOwner,
  newUser,
  type Member,
} from '../support/members.js';
import {
  acceptInvitation,
  confirmReset,
  linksOf,
  requestReset,
  tokenFor,
} from '../support/one-time-links.js';
import { eventually, inTurn } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, inParallel, refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce, describeTargets } from '../support/targets.js';

const newPassword = () => newSignUp().password;
const PENDING = "listener = 'gatehouse:password_reset'";

/** Asks for a reset, and waits for its link. */
async function resetToken(service: SharedService, { id, email }: Pick<Member, 'id' | 'email'>) {
  expect((await requestReset(service, email)).status).toBe(202);
  return tokenFor(service.database, id, 'reset');
}

describeEachOnce('a password reset', (target) => {
  let service: SharedService;
  let owner: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
  });

  const confirm = (token: string, password = newPassword()) =>
    inTurn(() => confirmReset(service, token, password));
  const done = () =>
    eventually(async () => {
      expect(await countRows(service.database, 'event_deliveries', PENDING)).toBe(0);
    });

  it('is asked for with one answer for every address, and makes a link for a user alone (S-21)', async () => {
    const known = await newUser(service, owner, 'standard');
    const disabled = await newUser(service, owner, 'standard');
    const json = { is_active: false };
    const path = `/api/v1/account/user/${disabled.id}`;
    await expectStatus(200, service, 'PATCH', path, { bearer: owner.bearer, json });
    const ofDisabledAccount = await newOwner(service);
    await service.database.query('UPDATE accounts SET is_active = FALSE WHERE id = ?', [
      ofDisabledAccount.accountId,
    ]);
    const invited = await newUser(service, owner, 'standard');
    await service.database.query('UPDATE users SET password_hash = NULL WHERE id = ?', [
      invited.id,
    ]);
    const before = await countRows(service.database, 'one_time_links');
    const shapes = new Set<string>();
    const { email } = known;
    const spelled = email.toUpperCase();
    for (const each of [
      spelled,
      disabled.email,
      ofDisabledAccount.email,
      invited.email,
      `nobody-${randomUUID()}@example.com`,
    ]) {
      const { status, text, headers } = await requestReset(service, each);
      const names = [...headers.keys()].filter((name) => name !== 'date').toSorted();
      shapes.add(`${status} ${text} ${names.join(' ')}`);
    }
    expect(shapes.size).toBe(1);
    expect([...shapes][0]).toMatch(/^202 {} /);
    const token = await tokenFor(service.database, known.id, 'reset');
    await done();
    expect(await countRows(service.database, 'one_time_links')).toBe(before + 1);
    const [link] = await linksOf(service.database, known.id, 'reset');
    expect(link).toMatchObject({ address: email, created_by_type: 'anonymous' });
    expect(Number(link?.expires_at) - Number(link?.created_at)).toBe(3_600_000);
    expect(JSON.stringify(link)).not.toContain(token);
  });

  it('is asked for with an address (40001)', async () => {
    const path = '/api/v1/account/password_reset';
    const before = await countRows(service.database, 'event_deliveries', PENDING);
    for (const json of [
      {},
      { email_address: '' },
      { email_address: 'nobody' },
      { email_address: 1 },
      { email_address: `${'x'.repeat(250)}@example.com` },
      { email_address: 'a@example.com', account_id: owner.accountId },
    ]) {
      expectRefusal(await request(service, 'POST', path, { json }), 400, 40001);
    }
    expect(await countRows(service.database, 'event_deliveries', PENDING)).toBe(before);
  });

  it('sets a new password, ends all sessions and other resets, and leaves the keys (S-55, S-110)', async () => {
    const user = await newOwner(service);
    const key = await newKey(service, user);
    const second = await signIn(service, user);
    const other = await resetToken(service, user);
    await requestReset(service, user.email);
    const token = await eventually(async () => {
      expect(await linksOf(service.database, user.id, 'reset')).toHaveLength(2);
      return tokenFor(service.database, user.id, 'reset');
    });
    const password = newPassword();
    const answer = await confirm(token, password);
    expect([answer.status, answer.body]).toEqual([200, {}]);

    for (const tokens of [user.tokens, second]) {
      const me = await request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
      expectRefusal(me, 401, 40103);
      expectRefusal(await refresh(service, tokens.refresh_token), 403, 40106);
    }
    expect(await linksOf(service.database, user.id, 'reset')).toEqual([]);
    for (const text of [token, other]) expectRefusal(await confirm(text), 400, 40005);
    const basic = [user.email, user.password] as const;
    const path = '/oauth/token?grant_type=password';
    expectRefusal(await request(service, 'POST', path, { basic }), 403, 40102);
    const { access_token: bearer } = await signIn(service, { ...user, password });
    const me = await request(service, 'GET', '/oauth/me', { bearer });
    expect(me.body).toMatchObject({ id: user.id, is_verified: false, role: 'owner' });
    expect(me.body.modified_at_utc).toBeGreaterThan(me.body.created_at_utc);
    const withKey = { basic: [key.key, key.secret] as const };
    expect((await request(service, 'GET', '/oauth/me', withKey)).status).toBe(200);
    const events = await service.database.query(
      "SELECT event, actor_type FROM audit_records WHERE user_id = ? AND event LIKE 'password%'",
      [user.id],
    );
    expect(events.map(({ event }) => event as string).toSorted()).toEqual([
      'password_reset.completed',
      'password_reset.requested',
      'password_reset.requested',
    ]);
    expect(service.output()).not.toContain(token);
  });

  it('is refused alike for every reason, and opens nothing else (40005, S-107)', async () => {
    const user = await newMember(service, owner, 'standard');
    const token = await resetToken(service, user);
    const wrong = ['', 'x'.repeat(64), `${token}A`, token.slice(1), token.toUpperCase()];
    const texts = new Set<string>();
    for (const each of wrong) {
      const refused = await confirm(each);
      expectRefusal(refused, 400, 40005);
      texts.add(refused.text);
    }
    expect(texts.size).toBe(1);
    expectRefusal(await acceptInvitation(service, token, newPassword()), 400, 40005);
    await service.database.query('UPDATE one_time_links SET expires_at = ? WHERE user_id = ?', [
      Date.now() - 1,
      user.id,
    ]);
    expectRefusal(await confirm(token), 400, 40005);
  });

  it('survives a refused password (40001)', async () => {
    const user = await newMember(service, owner, 'standard');
    const token = await resetToken(service, user);
    for (const password of ['short', user.email, 'passwordpassword']) {
      const refused = await confirm(token, password);
      expectRefusal(refused, 400, 40001);
      expect(refused.body.errors).toMatchObject([{ field: 'new_password' }]);
    }
    const me = await request(service, 'GET', '/oauth/me', { bearer: user.bearer });
    expect(me.status).toBe(200);
    expect((await confirm(token)).status).toBe(200);
  });

  it.each([
    [
      'a changed password',
      (user: Member) =>
        expectStatus(204, service, 'PUT', '/api/v1/account/user/me/password', {
          bearer: user.bearer,
          json: { current_password: user.password, new_password: newPassword() },
        }),
    ],
    [
      'another role',
      (user: Member) =>
        expectStatus(200, service, 'PATCH', `/api/v1/account/user/${user.id}`, {
          bearer: owner.bearer,
          json: { role: 'read_only' },
        }),
    ],
    [
      'a deactivation',
      (user: Member) =>
        expectStatus(200, service, 'PATCH', `/api/v1/account/user/${user.id}`, {
          bearer: owner.bearer,
          json: { is_active: false },
        }),
    ],
    [
      'a deletion',
      (user: Member) =>
        expectStatus(204, service, 'DELETE', `/api/v1/account/user/${user.id}`, {
          bearer: owner.bearer,
        }),
    ],
  ])('is void after %s (S-110, S-169)', async (_, act) => {
    const user = await newMember(service, owner, 'standard');
    const token = await resetToken(service, user);
    await act(user);
    expect(await linksOf(service.database, user.id, 'reset')).toEqual([]);
    expectRefusal(await confirm(token), 400, 40005);
  });

  it('is void for both after the account was handed over (S-109)', async () => {
    const former = await newOwner(service);
    const next = await newMember(service, former, 'admin');
    const tokens = [await resetToken(service, former), await resetToken(service, next)];
    const json = { user_id: next.id, password: former.password };
    const { bearer } = former;
    await expectStatus(204, service, 'POST', '/api/v1/account/owner', { bearer, json });
    for (const token of tokens) expectRefusal(await confirm(token), 400, 40005);
  });

  it('sends five letters in an hour to one address, and answers no other way (S-33)', async () => {
    const user = await newUser(service, owner, 'standard');
    for (let count = 1; count <= 9; count++) {
      expect((await requestReset(service, user.email)).status).toBe(202);
    }
    await done();
    const requested = "event = 'password_reset.requested' AND user_id = ?";
    expect(await countRows(service.database, 'audit_records', requested, [user.id])).toBe(5);
    // The newest three stay open.
    expect(await linksOf(service.database, user.id, 'reset')).toHaveLength(3);
  });
});

describeTargets(
  'simultaneous uses of resets',
  (target) => {
    it('have one success: 20 of one link, and of others of the user (S-108, S-110)', async () => {
      const service = await sharedService(target);
      const user = await newOwner(service);
      const first = await resetToken(service, user);
      await requestReset(service, user.email);
      await eventually(async () => {
        expect(await linksOf(service.database, user.id, 'reset')).toHaveLength(2);
      });
      const second = await tokenFor(service.database, user.id, 'reset');
      const passwords = Array.from({ length: 20 }, () => newPassword());
      const answers = await inParallel(20, (index) =>
        inTurn(() => confirmReset(service, index % 4 ? first : second, passwords[index] ?? '')),
      );
      const winners = passwords.filter((_, index) => answers[index]?.status === 200);
      expect(winners).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expectRefusal(answer, 400, 40005);
      }
      await signIn(service, { email: user.email, password: winners[0] ?? '' });
    });
  },
  { adapters: ['fastify'] },
);

describeEachOnce('a request for a reset', (target) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ target });
  });

  // What a request does not read it cannot show, neither in its answer nor by its time.
  it('reads neither users nor accounts before the answer (S-21)', async () => {
    const user = await newOwner(service);
    const hidden = ['users', 'accounts', 'one_time_links'];
    for (const table of hidden) {
      await service.database.query(`ALTER TABLE ${table} RENAME TO hidden_${table}`);
    }
    const unknown = `nobody-${randomUUID()}@example.com`;
    for (const email of [user.email, unknown]) {
      const { status, text } = await requestReset(service, email);
      expect({ status, text }).toEqual({ status: 202, text: '{}' });
    }
    for (const table of hidden.toReversed()) {
      await service.database.query(`ALTER TABLE hidden_${table} RENAME TO ${table}`);
    }
    await tokenFor(service.database, user.id, 'reset');
    await eventually(async () => {
      expect(await countRows(service.database, 'event_deliveries', PENDING)).toBe(0);
    });
  });

  // What neither engine nor adapter changes.
  if (target.database !== 'sqlite') return;

  it('is not lost with a process that dies right after the answer, and the stop after 100 failures ends with it (S-24)', async () => {
    const user = await signUp(service);
    const basic = [user.email, 'this is not the password'] as const;
    const attempt = () => request(service, 'POST', '/oauth/token?grant_type=password', { basic });
    expect((await requestReset(service, user.email)).status).toBe(202);
    await service.kill();
    await service.start();
    const [row] = await service.database.query('SELECT id FROM users WHERE account_id = ?', [
      user.accountId,
    ]);
    const id = row?.id as string;
    const token = await tokenFor(service.database, id, 'reset');
    expect(await linksOf(service.database, id, 'reset')).toHaveLength(1);

    // 100 failures delay the address, whose user is in an unknown network after that.
    await service.database.query('DELETE FROM sign_in_networks');
    for (let count = 0; count < 101; count++) await attempt();
    expectRefusal(await attempt(), 429, 42901);
    const password = newPassword();
    expect((await confirmReset(service, token, password)).status).toBe(200);
    await eventually(() => signIn(service, { email: user.email, password }));
  });
});
