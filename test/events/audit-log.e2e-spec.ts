import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { guardedRoutes } from '../authorization/manifest.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { request, type RequestOptions } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, type Key, type Member } from '../support/members.js';
import { inTurn } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';
import { newWebhook, WEBHOOK, type TestWebhook } from '../webhooks/webhooks.js';

type Facts = Readonly<Record<string, string>>;

const MISSING = randomUUID();
const ME = '/oauth/me';
const USERS = '/api/v1/account/user';
const KEYS = '/api/v1/account/api_key';
const ROLES = '/api/v1/account/role';
const TOKEN = '/oauth/token';

/** The facts of a line `… [Audit] event fact="value" …`; `undefined` for any other line. */
function auditFacts(line: string): Facts | undefined {
  const [, event, text = ''] = / \[Audit\] ([\w.]+) (.*)$/.exec(line) ?? [];
  if (event === undefined) return undefined;
  const facts = [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, fact, value]) => [fact, value]);
  return { event, ...(Object.fromEntries(facts) as Facts) };
}

describeEachOnce('the audit log', (target) => {
  let service: SharedService;
  let owner: Member;
  let admin: Member;
  let reader: Member;
  let stranger: Member;
  let key: Key;
  let sender: Key;
  let elsewhere: Key;
  let revoked: Key;
  let stolen: Key;
  let role: string;
  let webhook: TestWebhook;

  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
    stranger = await newOwner(service);
    admin = await newMember(service, owner, 'admin');
    reader = await newMember(service, owner, 'read_only');
    key = await newKey(service, owner);
    sender = await newKey(service, owner, 'send_only');
    elsewhere = await newKey(service, owner, 'read_only', { allowed_ips: ['192.0.2.0/24'] });
    revoked = await newKey(service, owner);
    await request(service, 'PUT', `${KEYS}/${revoked.id}/revoke`, { bearer: owner.bearer });
    stolen = await newKey(service, stranger);
    role = await newRole(service, owner, 'clerk', ['users:read']);
    webhook = await newWebhook(service, owner, 'https://gatehouse.invalid/', ['webhook.deleted']);
  });

  const linesOf = (requestId: string) =>
    service
      .output()
      .split('\n')
      .map(auditFacts)
      .filter((facts) => facts?.['requestId'] === requestId);

  /** Sends a request and returns its answer with its lines in the audit log. */
  async function audited(method: string, path: string, options: RequestOptions = {}) {
    const requestId = randomUUID();
    const headers = { ...options.headers, 'X-Request-Id': requestId };
    const answer = await inTurn(() => request(service, method, path, { ...options, headers }));
    // The line of the access log comes last.
    await untilOutput(service, `request=${requestId}`);
    return { answer, lines: linesOf(requestId), requestId };
  }

  const as = (name: 'owner' | 'admin' | 'reader' | 'sender'): RequestOptions => ({
    bearer: name === 'sender' ? sender.apiKey : { owner, admin, reader }[name].bearer,
  });
  const apiKey = ({ id }: Key) => ({
    actorType: 'api_key',
    actorId: id,
    accountId: owner.accountId,
  });
  const user = ({ id, accountId }: Pick<Member, 'id' | 'accountId'>) => ({
    actorType: 'user',
    actorId: id,
    accountId,
  });

  it.each<[string, () => [string, string, RequestOptions], number, () => Facts]>([
    [
      'a missing scope',
      () => ['GET', `${USERS}/${owner.id}`, as('sender')],
      40302,
      () => ({ ...apiKey(sender), targetId: owner.id, reason: 'needs users:read' }),
    ],
    [
      'a missing scope of a creation',
      () => ['POST', KEYS, { ...as('reader'), json: { name: 'x', role: 'read_only' } }],
      40302,
      () => ({ ...user(reader), reason: 'needs api_keys:write' }),
    ],
    [
      'an API key on a route for users',
      () => ['GET', '/api/v1/account/session', { bearer: key.apiKey }],
      40302,
      () => ({ ...apiKey(key), reason: 'For users, not for API keys' }),
    ],
    [
      'an admin who removes themselves',
      () => ['DELETE', `${USERS}/${admin.id}`, as('admin')],
      40302,
      () => ({ ...user(admin), targetId: admin.id, reason: 'itself, or one above it' }),
    ],
    [
      'a change of the owner',
      () => ['PATCH', `${USERS}/${owner.id}`, { ...as('admin'), json: { role: 'standard' } }],
      40303,
      () => ({ ...user(admin), targetId: owner.id }),
    ],
    [
      'the removal of the owner',
      () => ['DELETE', `${USERS}/${owner.id}`, as('admin')],
      40303,
      () => ({ ...user(admin), targetId: owner.id }),
    ],
    [
      'the end of the sessions of the owner',
      () => ['DELETE', `${USERS}/${owner.id}/session`, as('admin')],
      40303,
      () => ({ ...user(admin), targetId: owner.id }),
    ],
    [
      'a second owner',
      () => ['PATCH', `${USERS}/${reader.id}`, { ...as('owner'), json: { role: 'owner' } }],
      40303,
      () => ({ ...user(owner), targetId: reader.id }),
    ],
    [
      'the hand-over to a user of another account',
      () => [
        'POST',
        '/api/v1/account/owner',
        { ...as('owner'), json: { user_id: stranger.id, password: owner.password } },
      ],
      40410,
      () => ({ ...user(owner), targetId: stranger.id, reason: 'not in the account' }),
    ],
    [
      'an id that no account has',
      () => ['GET', `${USERS}/${MISSING}`, as('owner')],
      40410,
      () => ({ ...user(owner), targetId: MISSING, reason: 'not in the account' }),
    ],
    [
      'a scope that the user lacks, at the token endpoint',
      () => [
        'POST',
        `${TOKEN}?grant_type=password&scope=users:write`,
        { basic: [reader.email, reader.password] },
      ],
      40004,
      () => user(reader),
    ],
  ])('has one line about %s (S-147, S-148)', async (_, ask, code, expected) => {
    const { answer, lines, requestId } = await audited(...ask());
    expect(answer.body.code).toBe(code);
    expect(lines).toEqual([
      {
        event: 'access.denied',
        outcome: 'failure',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        actorType: expect.any(String),
        actorId: expect.any(String),
        accountId: owner.accountId,
        clientAddress: '127.0.0.1',
        requestId,
        reason: expect.any(String),
        ...expected(),
      },
    ]);
  });

  const routesWithId = guardedRoutes().filter(({ path }) => path.includes(':id'));
  it.each(routesWithId.map(({ method, path }) => [method, path] as const))(
    'has one line about an object of another account: %s %s (S-22, S-147)',
    async (method, path) => {
      const bodies: Readonly<Record<string, object>> = {
        [`PATCH ${USERS}/:id`]: { first_name: 'Eve' },
        [`PUT ${ROLES}/:id`]: { name: 'stolen', scopes: [] },
        [`POST ${KEYS}/:id/rotate`]: { overlap_seconds: 0 },
        [`PATCH ${WEBHOOK}/:id`]: { is_active: false },
      };
      const json = bodies[`${method} ${path}`];
      const session = await request(service, 'GET', '/api/v1/account/session', as('reader'));
      const ids: Readonly<Record<string, string>> = {
        user: reader.id,
        api_key: key.id,
        role,
        session: session.body[0].id,
        webhook: webhook.id,
      };
      const id = ids[path.split('/')[4] ?? ''] ?? '';
      const address = path.replace(':id', id).replace(':delivery_id', randomUUID());
      const { answer, lines, requestId } = await audited(method, address, {
        bearer: stranger.bearer,
        ...(json && { json }),
      });
      expectRefusal(answer, 404, 40410);
      expect(lines).toMatchObject([
        {
          event: 'access.denied',
          outcome: 'failure',
          ...user(stranger),
          targetId: id,
          clientAddress: '127.0.0.1',
          requestId,
        },
      ]);
    },
  );

  it('repeats no id of another form, which may be a secret (S-210)', async () => {
    const { answer, lines } = await audited('GET', `${USERS}/three-grey-geese`, as('owner'));
    expectRefusal(answer, 404, 40410);
    expect(lines).toEqual([]);
    const { lines: denied } = await audited('GET', `${USERS}/three-grey-geese`, as('sender'));
    expect(denied).toMatchObject([{ event: 'access.denied' }]);
    expect(service.output()).not.toContain('three-grey-geese');
  });

  it.each<[string, () => RequestOptions, string]>([
    ['as Basic', () => ({ basic: [key.key, stolen.secret] }), 'wrong secret'],
    [
      'as Basic in one string',
      () => ({ basic: [`${key.key}.${stolen.secret}`, ''] }),
      'wrong secret',
    ],
    ['as bearer', () => ({ bearer: `${key.key}.${stolen.secret}` }), 'wrong secret'],
    ['from another address', () => ({ bearer: elsewhere.apiKey }), 'API key elsewhere'],
    ['after its end', () => ({ bearer: revoked.apiKey }), 'API key revoked'],
  ])('has one line about a wrong API key %s (S-19, S-147)', async (_, present, reason) => {
    const { answer, lines, requestId } = await audited('GET', ME, present());
    expectRefusal(answer, 401, 40105);
    expect(lines).toEqual([
      {
        event: 'api_key.refused',
        outcome: 'failure',
        at: expect.any(String),
        actorType: 'anonymous',
        actorId: 'anonymous',
        accountId: owner.accountId,
        apiKeyId: expect.any(String),
        clientAddress: '127.0.0.1',
        requestId,
        reason,
      },
    ]);
  });

  it('has one line about an unknown or malformed API key (S-147)', async () => {
    const unknown = `gthk_${'0'.repeat(32)}`;
    for (const bearer of [`${unknown}.${key.secret}`, 'x.y']) {
      const { answer, lines } = await audited('GET', ME, { bearer });
      expectRefusal(answer, 401, 40105);
      expect(lines).toMatchObject([{ event: 'api_key.refused', actorType: 'anonymous' }]);
      expect(lines[0]).not.toHaveProperty('apiKeyId');
    }
  });

  it.each(['password', 'client_credentials'])(
    'has one line about a wrong API key at the grant %s (S-147)',
    async (grant) => {
      const pair = { basic: [key.key, stolen.secret] as const };
      const { lines } = await audited('POST', `${TOKEN}?grant_type=${grant}`, pair);
      expect(lines).toMatchObject([
        { event: 'sign_in.failed', outcome: 'failure', apiKeyId: key.id, reason: 'wrong secret' },
      ]);
    },
  );

  it('has one line about a wrong API key beside a refresh token (S-194)', async () => {
    const json = { grant_type: 'refresh_token', refresh_token: reader.tokens.refresh_token };
    const pair = { basic: [key.key, stolen.secret] as const, json };
    const { lines } = await audited('POST', TOKEN, pair);
    expect(lines).toMatchObject([{ event: 'api_key.refused', apiKeyId: key.id }]);
  });

  it('has one line about a wrong access token or refresh token, and none about a request without credentials (S-147)', async () => {
    const [head = '', claims = ''] = owner.bearer.split('.');
    for (const bearer of [`${head}.${claims}.${'A'.repeat(43)}`, 'a.b.c', 'x']) {
      const { answer, lines } = await audited('GET', ME, { bearer });
      expectRefusal(answer, 401, 40103);
      expect(lines).toMatchObject([{ event: 'access_token.refused', outcome: 'failure' }]);
    }
    const token = stranger.tokens.refresh_token;
    const path = `${TOKEN}?grant_type=refresh_token`;
    for (const refresh_token of [`${token.slice(0, 64)}${'A'.repeat(64)}`, 'x']) {
      const { answer, lines } = await audited('POST', path, { json: { refresh_token } });
      expectRefusal(answer, 403, 40106);
      expect(lines).toMatchObject([{ event: 'refresh_token.refused', outcome: 'failure' }]);
    }
    const none = await audited('GET', ME);
    expectRefusal(none.answer, 401, 40101);
    expect(none.lines).toEqual([]);
  });

  it('has a line about each change, with actor, address and request (S-148)', async () => {
    const clerk = await newMember(service, owner, 'standard');
    const names = { json: { first_name: 'Grace' } };
    const sends = { json: { name: 'clerk', scopes: ['send'] } };
    const changes: readonly [string, string, RequestOptions, Member, string][] = [
      ['PATCH', '/api/v1/account', { json: { country: 'GBR' } }, owner, 'account.changed'],
      ['PATCH', `${USERS}/${clerk.id}`, names, admin, 'user.changed'],
      ['PATCH', `${USERS}/me`, names, clerk, 'user.changed'],
      ['PUT', `${ROLES}/${role}`, sends, owner, 'role.changed'],
      [
        'POST',
        `${KEYS}/${key.id}/rotate`,
        { json: { overlap_seconds: 60 } },
        owner,
        'api_key.rotated',
      ],
      ['PUT', `${KEYS}/${stolen.id}/revoke`, {}, stranger, 'api_key.revoked'],
      ['DELETE', `${USERS}/${clerk.id}/session`, {}, admin, 'session.revoked'],
      ['DELETE', `${USERS}/${clerk.id}`, {}, admin, 'user.deleted'],
    ];
    for (const [method, path, options, actor, event] of changes) {
      const sent = { ...options, bearer: actor.bearer };
      const { answer, lines, requestId } = await audited(method, path, sent);
      expect(answer.status).toBeLessThan(300);
      expect(lines).toMatchObject([
        { event, outcome: 'success', ...user(actor), clientAddress: '127.0.0.1', requestId },
      ]);
    }
  });

  it('names the actor and the request of a sign-in, a refresh and a sign-out (S-148)', async () => {
    const { email, password } = reader;
    const pair = { basic: [email, password] as const };
    const signedIn = await audited('POST', `${TOKEN}?grant_type=password`, pair);
    const { access_token: bearer, refresh_token } = signedIn.answer.body;
    const json = { refresh_token };
    const path = `${TOKEN}?grant_type=refresh_token`;
    const refreshed = await audited('POST', path, { bearer, json });
    const signedOut = await audited('POST', '/oauth/revoke', {
      bearer: refreshed.answer.body.access_token,
      json,
    });
    const steps = [signedIn, refreshed, signedOut];
    const events = ['sign_in.succeeded', 'session.refreshed', 'session.revoked'];
    for (const [index, { lines, requestId }] of steps.entries()) {
      expect(lines).toMatchObject([
        { event: events[index], outcome: 'success', ...user(reader), requestId },
      ]);
    }
    const wrong = { basic: [email, `${password}!`] as const };
    const { lines } = await audited('POST', `${TOKEN}?grant_type=password`, wrong);
    expect(lines).toMatchObject([
      {
        event: 'sign_in.failed',
        outcome: 'failure',
        actorType: 'anonymous',
        accountId: owner.accountId,
        userId: reader.id,
        reason: 'wrong password',
      },
    ]);
  });

  it('has all mandatory facts in each of its lines (S-148)', () => {
    const lines = service
      .output()
      .split('\n')
      .map(auditFacts)
      .filter((facts) => facts !== undefined);
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      expect(line).toMatchObject({
        outcome: expect.stringMatching(/^(success|failure)$/),
        at: expect.stringMatching(/Z$/),
        actorType: expect.stringMatching(/^(user|api_key|application|system|anonymous)$/),
        actorId: expect.stringMatching(/./),
        clientAddress: expect.stringMatching(/./),
        requestId: expect.stringMatching(/./),
      });
    }
  });
});
