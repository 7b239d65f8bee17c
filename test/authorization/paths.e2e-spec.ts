import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { request } from '../support/http.js';
import { newMember, newOwner, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';
import { guardedRoutes } from './manifest.js';

/** Other spellings of a path, some of which a router treats as the same. */
const SPELLINGS: readonly ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.replaceAll('/', '//'),
  (path) => `${path};jsessionid=1`,
  (path) => path.toUpperCase(),
  (path) => path.replace('a', '%61'),
  (path) => path.replace('o', '%6F'),
  (path) => path.replace('/api', '/%61pi'),
  (path) => path.replace(/\/(?=[^/]*$)/, '%2f'),
  (path) => `/.${path}`,
  (path) => `/oauth/..${path}`,
  (path) => `${path}?_method=GET`,
  (path) => `${path}%00`,
  (path) => `${path}.json`,
  (path) => `${path}#x`,
];

describeTargets(
  'a guarded route under every spelling of its path',
  (target) => {
    let service: SharedService;
    let sender: Member;
    beforeAll(async () => {
      service = await sharedService(target);
      sender = await newMember(service, await newOwner(service), 'send_only');
    });

    it.each(SPELLINGS.map((spell) => [spell('/api/v1/account/user'), spell] as const))(
      'refuses a request without a credential or the scope: %s (S-94)',
      async (_, spell) => {
        for (const { method, path, scopes } of guardedRoutes()) {
          const spelt = spell(path.replace(':id', randomUUID()));
          for (const verb of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
            const anonymous = await request(service, verb, spelt);
            expect([verb, spelt, anonymous.status >= 400]).toEqual([verb, spelt, true]);
            expect(anonymous.status).toBeLessThan(500);
            if (scopes.length === 0) continue;
            const lacking = await request(service, verb, spelt, { bearer: sender.bearer });
            expect([verb, spelt, lacking.status >= 400]).toEqual([verb, spelt, true]);
            expect(lacking.status).toBeLessThan(500);
          }
        }
      },
    );

    it('refuses OPTIONS (S-94, S-123)', async () => {
      for (const { path } of guardedRoutes()) {
        const spelt = path.replace(':id', randomUUID());
        expect((await request(service, 'OPTIONS', spelt)).status).toBe(405);
      }
    });
  },
  { databases: ['sqlite'] },
);
