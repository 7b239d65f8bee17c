import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { rawExchange, request, type RequestOptions } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { untilOutput } from '../support/until-output.js';
import { describeTargets } from '../support/targets.js';
import { expectDead, https, me, newSession, plain, proxied } from './proxied-sessions.js';

/** What every line of the access log has. */
const LINE = {
  level: 'log',
  pid: expect.any(Number),
  timestamp: expect.any(Number),
  message: 'request',
  context: 'Request',
  durationMs: expect.any(Number),
  clientAddress: '127.0.0.1',
};

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

    it.each(['/', '/docs', '/docs-json', '/docs/', '/dev/outbox', '/dev/outbox/x'])(
      'serves no %s (S-159)',
      async (path) => {
        expectRefusal(await request(service, 'GET', path, { headers: https }), 404, 40400);
      },
    );

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
      // Nothing of a path that is no route is logged (S-210).
      expect(JSON.parse(await untilOutput(service, '"requestId":"forger"'))).toEqual({
        ...LINE,
        method: 'GET',
        route: null,
        status: 404,
        principalType: null,
        principalId: null,
        requestId: 'forger',
      });
    });

    it('writes the facts of each request as members of its line, with the route and not the path (S-150, S-210)', async () => {
      const { access_token: bearer } = await newSession(service);
      const { body: caller } = await me(service, bearer);
      const principal = { principalType: 'user', principalId: caller.id };
      const anonymous = { principalType: null, principalId: null };
      const user = '/api/v1/account/user';
      const of = async (method: string, path: string, options: RequestOptions = {}) => {
        const requestId = randomUUID();
        const headers = { ...https, 'X-Forwarded-For': '203.0.113.9', 'X-Request-Id': requestId };
        await request(service, method, path, { headers, ...options });
        return JSON.parse(await untilOutput(service, `"requestId":"${requestId}"`, '"Request"'));
      };
      const expected = (facts: object) => ({
        ...LINE,
        clientAddress: '203.0.113.9',
        requestId: expect.any(String),
        ...facts,
      });
      expect(await of('GET', `${user}/${caller.id}?x=secret`, { bearer })).toEqual(
        expected({ method: 'GET', route: `${user}/:id`, status: 200, ...principal }),
      );
      expect(await of('GET', `${user}/three-grey-geese`, { bearer })).toEqual(
        expected({ method: 'GET', route: `${user}/:id`, status: 404, ...principal }),
      );
      expect(await of('POST', '/oauth/me', { bearer })).toEqual(
        expected({ method: 'POST', route: '/oauth/me', status: 405, ...anonymous }),
      );
      expect(await of('GET', '/oauth/me', { bearer: 'x' })).toEqual(
        expected({ method: 'GET', route: '/oauth/me', status: 401, ...anonymous }),
      );
    });

    it('writes the facts of an audit event as members of its line (S-148, S-150)', async () => {
      const requestId = randomUUID();
      const headers = { ...https, 'X-Forwarded-For': '203.0.113.9', 'X-Request-Id': requestId };
      expectRefusal(await me(service, 'x.y', headers), 401, 40105);
      expect(JSON.parse(await untilOutput(service, requestId, '"Audit"'))).toEqual({
        level: 'log',
        pid: service.pid,
        timestamp: expect.any(Number),
        message: 'api_key.refused',
        context: 'Audit',
        outcome: 'failure',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        actorType: 'anonymous',
        actorId: 'anonymous',
        clientAddress: '203.0.113.9',
        requestId,
        reason: 'malformed API key',
      });
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
