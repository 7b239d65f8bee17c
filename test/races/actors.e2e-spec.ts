import { beforeAll, expect, it } from '@jest/globals';
import { accountRows } from '../support/account-rows.js';
import { newSignUp, signIn } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, newUser, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const ACCOUNT = '/api/v1/account';
/** Enough requests to fill the connection pool, so that some wait for locks and others for a connection. */
const FLOOD = 24;
const RULES = ['account:write', 'users:write', 'api_keys:write', 'roles:write', 'read_only'];

/** A principal that grants rights, and the request by which it loses its own. */
interface Case {
  readonly owner: Member;
  readonly bearer: string;
  readonly lose: () => Promise<HttpResponse>;
}

describeTargets(
  'a principal that grants rights, under concurrent requests',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
    });

    const asked = (bearer: string, method: string, path: string, json?: object) =>
      request(service, method, `${ACCOUNT}${path}`, { bearer, json });

    const grants = [
      (bearer: string) => asked(bearer, 'POST', '/api_key', { name: 'k', role: 'read_only' }),
      (bearer: string, index: number) =>
        asked(bearer, 'POST', '/role', { name: `flood${index}`, scopes: ['users:read'] }),
      (bearer: string) =>
        asked(bearer, 'POST', '/user', {
          email_address: newSignUp().email_address,
          first_name: 'Mal',
          surname: 'Lory',
          role: 'read_only',
        }),
      (bearer: string, index: number) =>
        asked(bearer, 'PATCH', '', { account_name: `Flood ${index}` }),
    ];

    /** An account whose own role `ruler` may make all of these requests, and the id of the role. */
    async function home() {
      const owner = await newOwner(service);
      return { owner, roleId: await newRole(service, owner, 'ruler', RULES) };
    }

    const narrow = ({ bearer }: Member, roleId: string) =>
      asked(bearer, 'PUT', `/role/${roleId}`, { name: 'ruler', scopes: ['users:read'] });

    async function userCase(
      lose: (owner: Member, actor: Member, roleId: string) => Promise<HttpResponse>,
    ): Promise<Case> {
      const { owner, roleId } = await home();
      const actor = await newMember(service, owner, 'ruler');
      return { owner, bearer: actor.bearer, lose: () => lose(owner, actor, roleId) };
    }

    async function keyCase(
      lose: (owner: Member, id: string, roleId: string) => Promise<HttpResponse>,
    ): Promise<Case> {
      const { owner, roleId } = await home();
      const { id, apiKey } = await newKey(service, owner, 'ruler');
      return { owner, bearer: apiKey, lose: () => lose(owner, id, roleId) };
    }

    const cases: [name: string, () => Promise<Case>][] = [
      [
        'a user who is demoted',
        () =>
          userCase(({ bearer }, { id }) =>
            asked(bearer, 'PATCH', `/user/${id}`, { role: 'read_only' }),
          ),
      ],
      [
        'a user who is deactivated',
        () =>
          userCase(({ bearer }, { id }) =>
            asked(bearer, 'PATCH', `/user/${id}`, { is_active: false }),
          ),
      ],
      [
        'a user who is deleted',
        () => userCase(({ bearer }, { id }) => asked(bearer, 'DELETE', `/user/${id}`)),
      ],
      [
        'a user whose own role is narrowed',
        () => userCase((owner, _, roleId) => narrow(owner, roleId)),
      ],
      [
        'a user who signs out',
        () =>
          userCase((_, { bearer, tokens: { refresh_token } }) =>
            request(service, 'POST', '/oauth/revoke', { bearer, json: { refresh_token } }),
          ),
      ],
      [
        'a user whose next sign-in ends the session',
        () =>
          userCase((_, { email, password }) =>
            request(service, 'POST', '/oauth/token?grant_type=password', {
              basic: [email, password],
            }),
          ),
      ],
      [
        'a user whose account is deleted',
        () => userCase(({ bearer, password }) => asked(bearer, 'DELETE', '', { password })),
      ],
      [
        'an owner who transfers ownership',
        async () => {
          const owner = await newOwner(service);
          const { id: user_id } = await newUser(service, owner, 'admin');
          const { bearer, password } = owner;
          const lose = () => asked(bearer, 'POST', '/owner', { user_id, password });
          return { owner, bearer, lose };
        },
      ],
      [
        'a key that is revoked',
        () => keyCase(({ bearer }, id) => asked(bearer, 'PUT', `/api_key/${id}/revoke`)),
      ],
      [
        'a key that gets another secret',
        () =>
          keyCase(({ bearer }, id) =>
            asked(bearer, 'POST', `/api_key/${id}/rotate`, { overlap_seconds: 0 }),
          ),
      ],
      [
        'a key whose own role is narrowed',
        () => keyCase((owner, _, roleId) => narrow(owner, roleId)),
      ],
      [
        "a key's session, when the key is revoked",
        async () => {
          const { owner } = await home();
          const { id, key, secret } = await newKey(service, owner, 'ruler');
          const { access_token: bearer } = await signIn(service, { email: key, password: secret });
          const lose = () => asked(owner.bearer, 'PUT', `/api_key/${id}/revoke`);
          return { owner, bearer, lose };
        },
      ],
    ];

    it.each(cases)('stores nothing more for %s after the answer (S-211)', async (_, begin) => {
      const { owner, bearer, lose } = await begin();
      const flood = (count: number, from: number) =>
        Promise.all(
          Array.from({ length: count / grants.length }, (_each, round) =>
            grants.map((grant, index) => grant(bearer, from + round * grants.length + index)),
          ).flat(),
        );
      // Half of the requests are under way when the right is removed, the others follow.
      const before = flood(FLOOD / 2, 0);
      const losing = untilAnswered(lose);
      const after = flood(FLOOD / 2, FLOOD / 2);
      const lost = await losing;
      const stored = await accountRows(service.database, owner.accountId);
      const answers = [...(await before), ...(await after)];
      expect([lost.text, lost.status < 300]).toEqual([lost.text, true]);
      expect(await accountRows(service.database, owner.accountId)).toEqual(stored);
      for (const { status, body, text } of answers) {
        // On a busy machine some may get no connection in time.
        const isKnown = status < 300 || [40103, 40105, 40302, 50301].includes(body.code);
        expect([text, isKnown]).toEqual([text, true]);
      }
    });
  },
  { adapters: ['fastify'] },
);

/** Repeats the request while the answer is 503. */
async function untilAnswered(ask: () => Promise<HttpResponse>): Promise<HttpResponse> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
  }
}
