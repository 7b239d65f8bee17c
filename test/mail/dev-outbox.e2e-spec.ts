import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signUp, type TestUser } from '../support/factories.js';
import { rawExchange, request, type HttpResponse } from '../support/http.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';
import { storeEvent, storeLink } from './stored-events.js';

describeTargets(
  'the outbox of development',
  (target) => {
    let service: TestService;
    let user: TestUser;
    let list: HttpResponse;
    let hrefs: string[];
    const get = (path: string, headers = {}) => request(service, 'GET', path, { headers });
    const hrefsIn = ({ text }: HttpResponse) =>
      [...text.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href);

    beforeAll(async () => {
      service = await startService({
        target,
        env: {
          NODE_ENV: 'development',
          TRUST_PROXY: '127.0.0.2',
          PUBLIC_URL: 'https://auth.example.com',
        },
      });
      user = await signUp(service, { full_name: 'Ada' });
      const again = { ...newSignUp(), email_address: user.email };
      await request(service, 'POST', '/api/v1/account', { json: again });
      const [row] = await service.database.query('SELECT id FROM users WHERE account_id = ?', [
        user.accountId,
      ]);
      const owner = { ...user, id: row?.id as string };
      const { secret } = service.database;
      const { id: linkId } = await storeLink(service.database, secret, 'reset', owner);
      await storeEvent(service.database, 'password_reset.requested', owner, { linkId });
      await eventually(async () => {
        list = await get('/dev/outbox');
        hrefs = hrefsIn(list);
        if (!list.text.includes('Choose a new')) throw new Error('the letters are not there yet');
      });
    });

    it('is named at the start', () => {
      expect(service.output()).toContain(`Mail        ${service.url}/dev/outbox`);
    });

    it('lists the letters, newest first, in a page without scripts and for any width', () => {
      expect(list.status).toBe(200);
      expect(list.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(list.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      expect(list.headers.get('referrer-policy')).toBe('no-referrer');
      expect(list.headers.get('cache-control')).toBe('no-store');
      expect(list.text).toContain('name="viewport"');
      expect(list.text).not.toMatch(/<script|<img|<form/);
      const subjects = [...list.text.matchAll(/<a [^>]*>([^<]*)</g)].map(([, text]) => text);
      expect(subjects.slice(0, 2)).toEqual([
        'Choose a new password',
        'You have an account already',
      ]);
    });

    it('shows each letter with its link, and as HTML', async () => {
      const path = `/dev/${hrefs[0]}`;
      const letter = await get(path);
      expect(letter.text).toContain(`<dd>${user.email}</dd>`);
      const [link = '', html = ''] = hrefsIn(letter);
      expect(link).toMatch(/^https:\/\/auth\.example\.com\/link\/reset\?token=[\w-]{64}$/);
      const page = await get(new URL(html, `http://localhost${path}`).pathname);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.headers.get('content-security-policy')).toContain('sandbox');
      expect(hrefsIn(page)).toEqual([link]);
      expect(service.output()).not.toContain(link.slice(-64));
    });

    it('is open to this machine under its own name only', async () => {
      expect((await get('/dev/outbox', { host: 'localhost' })).status).toBe(200);
      expect((await get('/dev/outbox', { host: '[::1]:3000' })).status).toBe(200);
      for (const path of ['/dev/outbox', `/dev/${hrefs[0]}`, `/dev/${hrefs[0]}/html`]) {
        // A proxy or tunnel on this machine passes the public name on, for clients from anywhere.
        const others = ['evil.example', 'localhost.evil.example', '192.0.2.1', 'auth.example.com'];
        for (const host of others) expectRefusal(await get(path, { host }), 404, 40400);
      }
    });

    it('is closed to a proxy without settings, which passes its own name on by HTTP/1.0', async () => {
      const answer = await rawExchange(
        service,
        'GET /dev/outbox HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
      expect(answer).not.toContain('Choose a new');
    });

    it.each(['/dev', '/dev/outbox/', '/dev/outbox/x', '/dev/outbox/..%2F..%2Fgatehouse.secret'])(
      'serves no %s',
      async (path) => expectRefusal(await get(path), 404, 40400),
    );

    // What the adapter does not change.
    if (target.adapter !== 'fastify') return;

    it('keeps its letters beyond a restart', async () => {
      await service.restart();
      expect(hrefsIn(await get('/dev/outbox'))).toEqual(hrefs);
    });
  },
  { databases: ['sqlite'] },
);
