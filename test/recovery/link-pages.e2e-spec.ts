import { beforeAll, describe, expect, it } from '@jest/globals';
import { LINK_PURPOSES } from '../../src/links/link-purpose.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn, signUp } from '../support/factories.js';
import { request, type HttpResponse, type RequestOptions } from '../support/http.js';
import { enter, newOwner, type Member } from '../support/members.js';
import { isOpen, openLink } from '../support/open-link.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const FORM = 'application/x-www-form-urlencoded';
const CSP =
  /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/;

describeTargets(
  'the pages of one-time links',
  (target) => {
    let service: SharedService;
    let owner: Member;
    beforeAll(async () => {
      service = await sharedService(target);
      owner = await newOwner(service);
    });

    const show = (purpose: string, token: string, method = 'GET') =>
      request(service, method, `/link/${purpose}?token=${token}`);
    const send = (purpose: string, form: Record<string, string>, options: RequestOptions = {}) =>
      request(service, 'POST', `/link/${purpose}`, { form, ...options });
    const sendPassword = (purpose: string, token: string, password: string, again = password) =>
      send(purpose, { token, password, password_again: again });

    describe('GET', () => {
      it.each(LINK_PURPOSES)(
        'shows the form of %s, and uses no link, as often as a scanner of mail opens it (S-107)',
        async (purpose) => {
          const user = await newOwner(service);
          const token = await openLink(service.database, purpose, user);
          for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) {
            const answer = await show(purpose, token, method);
            expectPage(answer, 200);
            expect(answer.text.includes('<form method="post" action="')).toBe(method === 'GET');
          }
          const { text } = await show(purpose, token);
          expect(text).toContain(`action="${purpose}"`);
          expect(text).toContain(`name="token" value="${token}"`);
          expect(text).toContain(user.email.replaceAll("'", '&#39;'));
          expect(text).not.toMatch(/<script|javascript:|\son\w+=|https?:|style=/i);
          expect(await isOpen(service.database, token)).toBe(true);
        },
      );

      it('forbids caches, frames, referrers and everything but its own style (S-125)', async () => {
        const token = await openLink(service.database, 'reset', owner);
        for (const answer of [await show('reset', token), await show('reset', 'x')]) {
          const { headers } = answer;
          expect(headers.get('content-security-policy')).toMatch(CSP);
          expect(headers.get('referrer-policy')).toBe('no-referrer');
          expect(headers.get('cache-control')).toBe('no-store');
          expect(headers.get('x-robots-tag')).toBe('noindex');
          expect(headers.get('x-frame-options')).toBe('DENY');
          expect(headers.get('x-content-type-options')).toBe('nosniff');
          expect(headers.get('set-cookie')).toBeNull();
          expect(headers.get('x-request-id')).not.toBeNull();
        }
      });

      it('has one answer for every link that does not work, which names nobody (40005)', async () => {
        const { database } = service;
        const expired = await openLink(database, 'reset', owner, { expiresAt: Date.now() - 1 });
        const other = await openLink(database, 'verification', owner);
        const used = await openLink(database, 'reset', owner);
        await database.query(
          'DELETE FROM one_time_links WHERE digest IN (SELECT digest FROM (SELECT digest FROM one_time_links WHERE user_id = ? AND purpose = ?) AS links)',
          [owner.id, 'reset'],
        );
        const altered = `${used.slice(0, 63)}${used.endsWith('A') ? 'B' : 'A'}`;
        const texts = new Set<string>();
        for (const token of [
          expired,
          other,
          used,
          altered,
          '',
          'x',
          'x'.repeat(64),
          '%F0%9F%A6%80',
          `${used}&token=${used}`,
        ]) {
          const answer = await show('reset', token);
          expectPage(answer, 400);
          texts.add(answer.text);
        }
        texts.add((await request(service, 'GET', '/link/reset')).text);
        texts.add((await request(service, 'GET', '/link/reset?utm_source=letter')).text);
        expect(texts.size).toBe(1);
        const [text = ''] = texts;
        expect(text).toContain('Link is invalid or has expired');
        expect(text).not.toMatch(/<form|@example|Account/);
        expectPage(await show('verification', other), 200);
      });

      it('works beside parameters that what forwards a letter adds', async () => {
        const token = await openLink(service.database, 'reset', owner);
        const paths = [
          `/link/reset?utm_source=x&token=${token}`,
          `/link/%72eset?token=${token}&fbclid=y`,
        ];
        for (const path of paths) expectPage(await request(service, 'GET', path), 200);
      });

      it('encodes the names that users choose (S-125)', async () => {
        const name = `<img src=x onerror="alert('1')"> & "Söhne" 🦀`;
        const user = await enter(service, await signUp(service, { account_name: name }));
        const address = `o'hara&co-${user.id}@example.com`;
        for (const purpose of LINK_PURPOSES) {
          const token = await openLink(service.database, purpose, user, { address });
          const { text } = await show(purpose, token);
          expect(text).not.toMatch(/<img|onerror="|o'hara/);
          // The person who confirms learns for which account.
          expect(text).toContain('&#60;img src=x onerror=');
          expect(text).toContain(`o&#39;hara&#38;co-${user.id}@example.com`);
        }
      });
    });

    describe('POST', () => {
      it('sets the password of a reset once (S-107, S-108, S-55)', async () => {
        const user = await newOwner(service);
        const token = await openLink(service.database, 'reset', user);
        const { password } = newSignUp();
        const answers = await Promise.all(
          Array.from({ length: 5 }, () => sendPassword('reset', token, password)),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        for (const answer of answers) expectPage(answer, answer.status === 200 ? 200 : 400);
        const done = answers.find(({ status }) => status === 200);
        expect(done?.text).toContain('Your password is changed');
        await signIn(service, { ...user, password });
        const me = await request(service, 'GET', '/oauth/me', { bearer: user.bearer });
        expectRefusal(me, 401, 40103);
        expectPage(await show('reset', token), 400);
      });

      it('sets the password of an invited user', async () => {
        const { email_address: email, password } = newSignUp();
        const json = {
          email_address: email,
          first_name: 'Grace',
          surname: 'Hopper',
          role: 'standard',
        };
        const { bearer, accountId } = owner;
        const { body } = await request(service, 'POST', '/api/v1/account/user', { bearer, json });
        const user = { id: body.id as string, accountId, email };
        const token = await openLink(service.database, 'invitation', user, { role: 'standard' });
        expect((await show('invitation', token)).text).toContain('You are invited to');
        const answer = await sendPassword('invitation', token, password);
        expectPage(answer, 200);
        await signIn(service, { email, password });
      });

      it('confirms an address, and a new one', async () => {
        const user = await newOwner(service);
        const verification = await openLink(service.database, 'verification', user);
        expectPage(await send('verification', { token: verification }), 200);
        const { email_address: address } = newSignUp();
        const change = await openLink(service.database, 'email_change', user, { address });
        expectPage(await send('email_change', { token: change }), 200);
        const tokens = await signIn(service, { email: address, password: user.password });
        const me = await request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
        expect(me.body).toMatchObject({ email_address: address, is_verified: true });
      });

      it.each([
        ['too short', 'short', 'short', 'The password must be at least 15 characters long.'],
        [
          'common',
          'passwordpassword',
          'passwordpassword',
          'The password is one of the commonly used',
        ],
        ['missing', '', '', 'The password must be at least 15 characters long.'],
        ['of control characters', 'a\u0007'.repeat(20), 'a\u0007'.repeat(20), 'control characters'],
        [
          'entered otherwise again',
          'three grey geese in a field',
          'three grey geese',
          'The two passwords are not the same.',
        ],
      ])(
        'shows the form again for a password that is %s, and keeps the link (40001)',
        async (_, password, again, reason) => {
          const user = await newOwner(service);
          const token = await openLink(service.database, 'reset', user);
          const answer = await sendPassword('reset', token, password, again);
          expectPage(answer, 400);
          expect(answer.text).toMatch(
            new RegExp(`<p class="fault" id="fault" role="alert">[^<]*${reason}`),
          );
          expect(answer.text).toContain(`name="token" value="${token}"`);
          expect(answer.text).toContain('aria-invalid="true"');
          if (password !== '') expect(answer.text).not.toContain(password);
          expectPage(await sendPassword('reset', token, newSignUp().password), 200);
        },
      );

      it('opens nothing but what the link is for (40005)', async () => {
        const user = await newOwner(service);
        const { password } = newSignUp();
        for (const of of LINK_PURPOSES) {
          const token = await openLink(service.database, of, user);
          for (const purpose of LINK_PURPOSES.filter((each) => each !== of)) {
            const answer = await sendPassword(purpose, token, password);
            expectPage(answer, 400);
            expect(answer.text).toContain('Link is invalid or has expired');
          }
          expect(await isOpen(service.database, token)).toBe(true);
        }
        await signIn(service, user);
      });

      it('takes the token from the form only', async () => {
        const user = await newOwner(service);
        const token = await openLink(service.database, 'reset', user);
        const { password } = newSignUp();
        const form = { password, password_again: password };
        expectPage(await request(service, 'POST', `/link/reset?token=${token}`, { form }), 400);
        const body = `token=${token}&token=${token}&password=${password}&password_again=${password}`;
        const twice = await send(
          'reset',
          {},
          { body, form: undefined, headers: { 'content-type': FORM } },
        );
        expectPage(twice, 400);
        expect(await isOpen(service.database, token)).toBe(true);
      });

      it.each([
        ['application/json', '{"token":"x"}'],
        [
          'multipart/form-data; boundary=x',
          '--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--x--',
        ],
        ['text/plain', 'token=x'],
        [`${FORM}; charset=iso-8859-1`, 'token=x'],
        [`${FORM}x`, 'token=x'],
        ['', 'token=x'],
      ])('refuses a body of the type %j (41501, S-131)', async (type, body) => {
        const headers = { 'content-type': type };
        const answer = await request(service, 'POST', '/link/reset', { body, headers });
        expectRefusal(answer, 415, 41501);
      });

      it.each([
        ['too large', `token=${'x'.repeat(65_536)}`, 413, 41301],
        ['not percent-encoded', 'token=%zz', 400, 40001],
        ['no UTF-8', 'token=%ff', 400, 40001],
        ['poisoned', 'token=x&__proto__=y', 400, 40002],
        ['of too many fields', 'x=1&'.repeat(51), 400, 40001],
      ])('refuses a form that is %s', async (_, body, status, code) => {
        const headers = { 'content-type': FORM };
        const answer = await request(service, 'POST', '/link/reset', { body, headers });
        expectRefusal(answer, status, code);
      });

      it('treats an empty form as one without a token', async () => {
        for (const body of ['', 'x=y']) {
          const headers = { 'content-type': FORM };
          expectPage(await request(service, 'POST', '/link/reset', { body, headers }), 400);
        }
      });
    });

    it('take GET, HEAD and POST at their own paths only (40400, 40501)', async () => {
      const token = 'x'.repeat(64);
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await request(service, method, `/link/reset?token=${token}`);
        expectRefusal(answer, 405, 40501);
        expect(answer.headers.get('allow')).toBe('GET, POST, HEAD');
      }
      for (const path of [
        '/link',
        '/link/',
        '/link/password',
        `/link/reset/${token}`,
        '/link/Reset',
        '/link/reset/',
      ]) {
        expectRefusal(await request(service, 'GET', path), 404, 40400);
        expectRefusal(await request(service, 'POST', path), 404, 40400);
      }
    });

    it('are the only paths that take a credential in their query, and only this one (S-43)', async () => {
      for (const path of [
        '/oauth/me?token=x',
        '/api/v1/account?token=x',
        '/link?token=x',
        '/link/?token=x',
        '/link/reset/x?token=x',
        '//link/reset?token=x',
        '/x/link/reset?token=x',
        '/link/reset?access_token=x',
        '/link/reset?password=x',
        '/link/reset?Token=x',
        '/link/reset?token[]=x',
        '/link/reset?x[token]=x',
      ]) {
        expectRefusal(await request(service, 'GET', path), 400, 40001);
      }
    });
  },
  { databases: ['sqlite'] },
);

/** Expects a whole page in place of the error form of the API. */
function expectPage({ status, headers, text }: HttpResponse, expected: number): void {
  expect({ status, type: headers.get('content-type') }).toEqual({
    status: expected,
    type: 'text/html; charset=utf-8',
  });
  if (text !== '') expect(text).toMatch(/^<!doctype html>\s*<html lang="en">[^]*<\/html>\s*$/);
}
