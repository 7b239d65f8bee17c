import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { rawExchange, request } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { untilOutput } from '../support/until-output.js';
import { describeTargets } from '../support/targets.js';
import { expectDead, https, me, newSession, plain, proxied } from './proxied-sessions.js';

describeTargets(
  'a service in production behind a proxy',
  (target) => {
    let service: TestService;
    beforeAll(async () => {
      service = await startService({
        target,
        env: { ...proxied, NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'true' },
      });
    });

    it('revokes exposed credentials by default (S-200)', async () => {
      const tokens = await newSession(service);
      expectRefusal(await me(service, tokens.access_token, plain), 403, 40301);
      await expectDead(service, tokens);
    });

    it.each(['/', '/docs', '/docs-json', '/docs/'])('serves no %s (S-159)', async (path) => {
      expectRefusal(await request(service, 'GET', path, { headers: https }), 404, 40400);
    });

    it('writes one JSON object per line', () => {
      const lines = service.output().trim().split('\n');
      expect(lines.map((line) => typeof JSON.parse(line)).every((type) => type === 'object')).toBe(
        true,
      );
    });

    it('writes one line for a path with any characters (S-150)', async () => {
      const path = '/x","level":"error","y":"\\';
      await rawExchange(
        service,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nX-Request-Id: forger\r\n\r\n`,
      );
      const line = JSON.parse(await untilOutput(service, 'request=forger'));
      expect(line).toMatchObject({ level: 'log', context: 'Request' });
      // For a path that is no route, only the parts that are known to be harmless are logged (S-210).
      expect(line.message).toContain('GET /* 404 ');
    });

    it('creates no owner without a setting (S-16)', async () => {
      const rows = await service.database.query(
        "SELECT id FROM users WHERE email_address = 'owner@example.com'",
      );
      expect(rows).toEqual([]);
    });
  },
  { databases: ['sqlite'] },
);
