import { beforeAll, expect, it } from '@jest/globals';
import { lockedRoutes } from '../authorization/manifest.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';
import { codesOf, isPublic, openApiDocument, routesOf, type Route } from './openapi-document.js';

/** All routes that need no credentials. A new public route must be added here on purpose. */
const PUBLIC_ROUTES = [
  'GET /.well-known/jwks.json',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'POST /api/v1/account',
  'POST /api/v1/account/email/verify',
  'POST /api/v1/account/invitation/accept',
  'POST /api/v1/account/password_reset',
  'POST /api/v1/account/password_reset/confirm',
  'POST /api/v1/api_key/leaked',
  'POST /oauth/token',
];

/** Pages, which the API description does not have. */
const PUBLIC_PAGES = [
  'GET /link/email_change',
  'GET /link/invitation',
  'GET /link/reset',
  'GET /link/verification',
  'POST /link/email_change',
  'POST /link/invitation',
  'POST /link/reset',
  'POST /link/verification',
];

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;

describeTargets(
  'every route',
  (target) => {
    let service: SharedService;
    let routes: Route[];
    beforeAll(async () => {
      service = await sharedService(target);
      routes = routesOf(await openApiDocument());
    });

    const ask = ({ method, path }: Route, authorization?: string) =>
      request(service, method, path.replaceAll(/\{\w+\}/g, '1'), { headers: { authorization } });

    it('is protected, except a short list of public ones (S-35, S-92)', () => {
      expect(routes.filter(isPublic).map(nameOf).sort()).toEqual(PUBLIC_ROUTES);
      const open = lockedRoutes().filter(({ takes }) => takes === 'everyone');
      expect(open.map(nameOf).sort()).toEqual([...PUBLIC_ROUTES, ...PUBLIC_PAGES].sort());
    });

    it('answers 401 without credentials and names both schemes (S-35, S-92)', async () => {
      const guarded = routes.filter((route) => !PUBLIC_ROUTES.includes(nameOf(route)));
      expect(guarded.length).toBeGreaterThan(2);
      for (const route of guarded) {
        const response = await ask(route);
        expectRefusal(response, 401, 40101);
        expect(response.headers.get('www-authenticate')).toMatch(
          /^Basic realm="[^"]+", charset="UTF-8", Bearer realm="[^"]+"$/,
        );
      }
    });

    it('answers 401 to a password, which only the token endpoint accepts (S-192)', async () => {
      const password = `Basic ${Buffer.from('owner@example.com:wrong').toString('base64')}`;
      for (const route of routes.filter((each) => !isPublic(each))) {
        expectRefusal(await ask(route, password), 401, 40101);
      }
      expect(service.output()).not.toContain('sign_in.failed');
    });

    it('answers a bad token with a code that its description lists (S-142)', async () => {
      for (const route of routes.filter((each) => !isPublic(each))) {
        for (const authorization of ['Bearer a.b.c', 'Bearer a.b', 'Basic a', 'Basic YTpi', 'X']) {
          const response = await ask(route, authorization);
          expectRefusal(response, 401, response.body.code);
          expect(codesOf(route)).toContain(response.body.code);
        }
      }
    });

    it('exists as described (S-184)', async () => {
      for (const route of routes) {
        expect([404, 405, 500]).not.toContain((await ask(route)).status);
      }
    });
  },
  { databases: ['sqlite'] },
);
