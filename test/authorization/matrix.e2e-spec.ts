// Tests every combination of role, route and credential against `authz.lock` (S-93).
import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { request, type HttpResponse, type RequestOptions } from '../support/http.js';
import { newKey, newMember, newOwner, newRole } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';
import { guardedRoutes, type LockedRoute } from './manifest.js';

type Credential = Pick<RequestOptions, 'basic' | 'bearer'>;

interface Caller {
  readonly type: 'user' | 'api_key';
  readonly role: string;
  /** Whether the role holds all scopes of the route. */
  readonly holds: (route: LockedRoute) => boolean;
  credentials: Record<string, Credential>;
}

const USER_ROLES = ['owner', 'admin', 'iac', 'standard', 'read_only', 'send_only'] as const;
const KEY_ROLES = ['iac', 'standard', 'read_only', 'send_only'] as const;
/** An own role of the account, with which keys may use routes that write. */
const KEEPER = { role: 'keeper', scopes: ['api_keys:read', 'api_keys:write', 'users:write'] };

const bySystemRole = (role: string) => (route: LockedRoute) => route.roles.includes(role);
const byScopes = (scopes: readonly string[]) => (route: LockedRoute) =>
  route.scopes.every((scope) => scopes.includes(scope));

const callers: Caller[] = [
  ...USER_ROLES.map((role) => caller('user', role, bySystemRole(role))),
  ...KEY_ROLES.map((role) => caller('api_key', role, bySystemRole(role))),
  caller('user', KEEPER.role, byScopes(KEEPER.scopes)),
  caller('api_key', KEEPER.role, byScopes(KEEPER.scopes)),
];

function caller(type: Caller['type'], role: string, holds: Caller['holds']): Caller {
  return { type, role, holds, credentials: {} };
}

describeEachOnce('role × route × credential', (target) => {
  let service: SharedService;

  beforeAll(async () => {
    service = await sharedService(target);
    const owner = await newOwner(service);
    await newRole(service, owner, KEEPER.role, KEEPER.scopes);
    for (const each of callers) {
      if (each.type === 'user') {
        const member = each.role === 'owner' ? owner : await newMember(service, owner, each.role);
        each.credentials = { token: { bearer: member.bearer } };
      } else {
        const { key, secret, apiKey } = await newKey(service, owner, each.role);
        const grant = await request(service, 'POST', '/oauth/token?grant_type=password', {
          basic: [key, secret],
        });
        each.credentials = {
          'key.secret as bearer': { bearer: apiKey },
          // How a key is presented makes no difference that an engine could change.
          ...(target.database === 'sqlite' && {
            'key and secret': { basic: [key, secret] },
            'key.secret as user': { basic: [apiKey, ''] },
            "key's token": { bearer: grant.body.access_token },
          }),
        };
      }
    }
  });

  describe.each(callers.map((each) => [`${each.type} ${each.role}`, each] as const))(
    '%s',
    (_, each) => {
      it.each(guardedRoutes().map((route) => [`${route.method} ${route.path}`, route] as const))(
        'is accepted or refused at %s according to the manifest (S-93, S-103)',
        async (__, route) => {
          const isAllowed = each.holds(route) && (route.takes !== 'user' || each.type === 'user');
          for (const [name, credential] of Object.entries(each.credentials)) {
            const response = await ask(route, credential);
            if (isAllowed) expectAccepted(name, response);
            else expectScopeRefusal(response, each.holds(route) ? [] : route.scopes);
          }
        },
      );

      it('gets the same answer from the guard for HEAD (S-94, S-103)', async () => {
        for (const route of guardedRoutes().filter(({ method }) => method === 'GET')) {
          const isAllowed = each.holds(route) && (route.takes !== 'user' || each.type === 'user');
          for (const credential of Object.values(each.credentials)) {
            const { status, text } = await ask({ ...route, method: 'HEAD' }, credential);
            expect([route.path, status === 403, text]).toEqual([route.path, !isAllowed, '']);
          }
        }
      });
    },
  );

  /** A request that changes nothing. */
  function ask({ method, path }: LockedRoute, credential: Credential): Promise<HttpResponse> {
    const hasBody = ['POST', 'PUT', 'PATCH'].includes(method) || path === '/api/v1/account';
    const endsSessions = method === 'DELETE' && path === '/api/v1/account/session';
    const ids = path.replace(':id', randomUUID()).replace(':delivery_id', randomUUID());
    const address = ids + (endsSessions ? '?all=refused' : '');
    return request(service, method, address, {
      ...credential,
      ...(hasBody && !['GET', 'HEAD'].includes(method) && { json: { unknown: true } }),
    });
  }
});

function expectAccepted(credential: string, { status, body }: HttpResponse): void {
  // Behind the guard, the handler may refuse the invalid body or the unknown id.
  expect([credential, [200, 202, 400, 404].includes(status), body?.code === 40400]).toEqual([
    credential,
    true,
    false,
  ]);
}

function expectScopeRefusal(response: HttpResponse, scopes: readonly string[]): void {
  expectRefusal(response, 403, 40302);
  const challenge = response.headers.get('www-authenticate') ?? '';
  expect(challenge).toMatch(/^Bearer error="insufficient_scope"/);
  if (scopes.length > 0) {
    const named = /scope="([^"]+)"/.exec(challenge)?.[1]?.split(' ') ?? [];
    expect(named.length).toBeGreaterThan(0);
    expect(scopes).toEqual(expect.arrayContaining(named));
  }
}
