import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { accountRows } from '../support/account-rows.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signIn } from '../support/factories.js';
import { request } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, newUser, type Member } from '../support/members.js';
import { startService, type TestService } from '../support/service.js';
import { describeEachOnce } from '../support/targets.js';
import { deliveriesOf, newWebhook } from '../webhooks/webhooks.js';
import { guardedRoutes } from './manifest.js';

/** A request that grants something or changes rights. */
interface Write {
  /** Method and path as in `authz.lock`. */
  readonly route: string;
  readonly path?: string;
  readonly json?: object;
  readonly deliveryId?: string;
  readonly idempotencyKey?: string;
  /** Whether every signed-in principal may do it, with or without scopes. */
  readonly needsNothing?: boolean;
  /** Whether only users may do it, so that a key is refused before anything is read. */
  readonly isOfUsers?: boolean;
  /** Whether it grants or changes something beyond the scopes of the own role `core`. */
  readonly isBeyondCore?: boolean;
}

/** A loss of rights, written to the database directly, so that the service's cache still holds the credential. */
interface Loss {
  readonly name: string;
  readonly code: 40103 | 40105 | 40302;
  readonly take: readonly [sql: string, ...params: unknown[]];
  readonly giveBack: readonly [sql: string, ...params: unknown[]];
}

const RULER = 'ruler';
const RULES = ['core', 'read_only', 'webhooks:write'];
const CORE = ['account:write', 'users:write', 'api_keys:write', 'roles:write'];

describeEachOnce(
  'a write by a caller that loses the right to it after the guard has checked it (S-211)',
  (target) => {
    let service: TestService;
    let owner: Member;
    let ruler: Member;
    let writes: Write[];
    let ownerWrites: Write[];

    beforeAll(async () => {
      service = await startService({ target, env: { MAX_SESSIONS: '5' } });
      owner = await newOwner(service);
      await newRole(service, owner, 'core', CORE);
      await newRole(service, owner, RULER, RULES);
      ruler = await newMember(service, owner, RULER);
      const user = await newUser(service, owner, 'read_only');
      const key = await newKey(service, owner);
      const role = await newRole(service, owner, 'spare', []);
      const other = sidOf((await signIn(service, ruler)).access_token);
      const webhook = await newWebhook(service, owner, 'https://gatehouse.invalid/');
      const [delivery] = await deliveriesOf(service, owner, webhook);
      const [isBeyondCore, needsNothing] = [true, true];
      const scopes = ['users:read'];
      const { email_address, password: new_password } = newSignUp();
      const member = { email_address, first_name: 'Mal', surname: 'Lory', role: 'read_only' };
      const passwords = { current_password: ruler.password, new_password };
      const ofUser = { route: 'PATCH /account/user/:id', path: user.id };
      const creation = { route: 'POST /account/api_key', json: { name: 'k', role: 'read_only' } };
      const rotation = {
        route: 'POST /account/api_key/:id/rotate',
        path: key.id,
        json: { overlap_seconds: 600 },
      };
      writes = [
        { route: 'PATCH /account', json: { account_name: 'Taken over' } },
        { route: 'POST /account/user', json: member, isBeyondCore },
        { ...ofUser, json: { role: RULER }, isBeyondCore },
        { ...ofUser, json: { is_active: false }, isBeyondCore },
        { ...ofUser, json: { first_name: 'Mal' } },
        { ...ofUser, route: 'DELETE /account/user/:id', isBeyondCore },
        { ...creation, isBeyondCore },
        { ...creation, isBeyondCore, idempotencyKey: randomUUID() },
        { ...rotation, isBeyondCore },
        { ...rotation, isBeyondCore, idempotencyKey: randomUUID() },
        { route: 'PUT /account/api_key/:id/revoke', path: key.id },
        { route: 'POST /account/role', json: { name: 'mine', scopes }, isBeyondCore },
        {
          route: 'PUT /account/role/:id',
          path: role,
          json: { name: 'spare', scopes },
          isBeyondCore,
        },
        { route: 'DELETE /account/role/:id', path: role },
        { route: 'PATCH /account/user/me', json: { first_name: 'Mal' }, needsNothing },
        { route: 'PUT /account/user/me/password', json: passwords, needsNothing },
        {
          route: 'PUT /account/user/me/email',
          json: { current_password: ruler.password, new_email_address: newSignUp().email_address },
          needsNothing,
        },
        { route: 'POST /account/email/verification', needsNothing },
        {
          ...ofUser,
          route: 'POST /account/user/:id/invitation',
          json: { delivery: 'response' },
          isBeyondCore,
          isOfUsers: true,
        },
        { route: 'DELETE /account/session/:id', path: other, needsNothing },
        { route: 'DELETE /account/session', needsNothing },
        { ...ofUser, route: 'DELETE /account/user/:id/session', isBeyondCore },
        {
          route: 'POST /account/webhook',
          json: { url: 'https://gatehouse.invalid/mine', events: ['*'] },
          isBeyondCore,
        },
        {
          route: 'PATCH /account/webhook/:id',
          path: webhook.id,
          json: { url: 'https://gatehouse.invalid/mine' },
          isBeyondCore,
        },
        { route: 'DELETE /account/webhook/:id', path: webhook.id, isBeyondCore },
        { route: 'POST /account/webhook/:id/rotate', path: webhook.id, isBeyondCore },
        {
          route: 'POST /account/webhook/:id/delivery/:delivery_id/redeliver',
          path: webhook.id,
          deliveryId: delivery?.id ?? '',
          isBeyondCore,
        },
      ];
      const { password } = owner;
      ownerWrites = [
        { route: 'POST /account/owner', json: { user_id: user.id, password } },
        { route: 'DELETE /account', json: { password } },
      ];
    });

    const perform = (bearer: string, write: Write) => {
      const { route, path = '', deliveryId = '', json, idempotencyKey } = write;
      const [method = '', template = ''] = route.split(' ');
      const url = `/api/v1${template.replace(':id', path).replace(':delivery_id', deliveryId)}`;
      const headers = { 'idempotency-key': idempotencyKey };
      return request(service, method, url, { bearer, json, headers });
    };

    /** The guard accepts the caller each time, and the transaction refuses it. */
    async function expectNothingStored(bearer: string, attempts: readonly Write[], losses: Loss[]) {
      const before = await accountRows(service.database, owner.accountId);
      for (const { name, code, take, giveBack } of losses) {
        for (const write of attempts) {
          expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
          await execute(take);
          const answer = await perform(bearer, write);
          await execute(giveBack);
          expect([write.route, name, answer.body.code]).toEqual([write.route, name, code]);
          expectRefusal(answer, code === 40302 ? 403 : 401, code);
        }
      }
      expect(await accountRows(service.database, owner.accountId)).toEqual(before);
    }

    const execute = ([sql, ...params]: Loss['take']) => service.database.query(sql, params);

    const roleNarrowed = (name: string, lost: string, had: string): Loss => ({
      name: `the own role ${name} narrowed`,
      code: 40302,
      take: ['UPDATE roles SET scopes = ? WHERE name = ?', lost, name],
      giveBack: ['UPDATE roles SET scopes = ? WHERE name = ?', had, name],
    });
    const narrowed = () => [
      roleNarrowed(RULER, 'users:read', RULES.join(' ')),
      roleNarrowed('core', 'users:read', CORE.join(' ')),
    ];
    const accountClosed = (code: 40103 | 40105): Loss => ({
      name: 'the account closed',
      code,
      take: ['UPDATE accounts SET is_active = ? WHERE id = ?', 0, owner.accountId],
      giveBack: ['UPDATE accounts SET is_active = ? WHERE id = ?', 1, owner.accountId],
    });
    const sessionEnded = (bearer: string): [Loss, Loss] => [
      {
        name: 'the session revoked',
        code: 40103,
        take: ['UPDATE refresh_tokens SET revoked_at = 1 WHERE id = ?', sidOf(bearer)],
        giveBack: ['UPDATE refresh_tokens SET revoked_at = NULL WHERE id = ?', sidOf(bearer)],
      },
      {
        name: 'the session expired',
        code: 40103,
        take: ['UPDATE refresh_tokens SET expires_at = 1 WHERE id = ?', sidOf(bearer)],
        giveBack: [
          'UPDATE refresh_tokens SET expires_at = ? WHERE id = ?',
          Date.now() + 3_600_000,
          sidOf(bearer),
        ],
      },
    ];
    const userColumn = (
      { id }: Member,
      column: 'role' | 'is_active',
      [lost, had]: readonly [unknown, unknown],
      code: Loss['code'],
    ): Loss => ({
      name: `the user's ${column} changed`,
      code,
      take: [`UPDATE users SET ${column} = ? WHERE id = ?`, lost, id],
      giveBack: [`UPDATE users SET ${column} = ? WHERE id = ?`, had, id],
    });
    const keyColumn = (
      id: string,
      column: string,
      [lost, had]: readonly [unknown, unknown],
      code: Loss['code'],
    ): Loss => ({
      name: `the key's ${column} changed`,
      code,
      take: [`UPDATE api_keys SET ${column} = ? WHERE id = ?`, lost, id],
      giveBack: [`UPDATE api_keys SET ${column} = ? WHERE id = ?`, had, id],
    });
    const keyEnded = (id: string, code: Loss['code']): [Loss, Loss, Loss] => [
      keyColumn(id, 'revoked_at', [1, null], code),
      keyColumn(id, 'expires_at', [1, Date.now() + 3_600_000], code),
      keyColumn(id, 'last_accessed_at', [1, Date.now()], code),
    ];

    it('lists every route that writes', () => {
      const listed = new Set([...writes, ...ownerWrites].map(({ route }) => route));
      const written = guardedRoutes()
        .filter(({ method, path }) => method !== 'GET' && path !== '/oauth/revoke')
        .map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`);
      expect([...listed].toSorted()).toEqual(written.toSorted());
    });

    const scoped = () => writes.filter(({ needsNothing }) => !needsNothing);
    const replays = () => writes.filter(({ idempotencyKey }) => idempotencyKey !== undefined);
    /** A sample, because all routes authorize in the same way. */
    const sample = () => [
      ...replays(),
      ...writes.filter(({ route }) => route === 'POST /account/role'),
    ];

    it('stores nothing for a user', async () => {
      for (const write of replays()) {
        expect((await perform(ruler.bearer, write)).status).toBeLessThan(300);
      }
      const [revoked, expired] = sessionEnded(ruler.bearer);
      await expectNothingStored(ruler.bearer, writes, [revoked]);
      const demoted = userColumn(ruler, 'role', ['read_only', RULER], 40302);
      await expectNothingStored(ruler.bearer, scoped(), [demoted]);
      const deactivated = userColumn(ruler, 'is_active', [0, 1], 40103);
      const losses = [expired, deactivated, accountClosed(40103), ...narrowed()];
      await expectNothingStored(ruler.bearer, sample(), losses);
    });

    it('stores nothing for an API key', async () => {
      const { id, apiKey } = await newKey(service, owner, RULER);
      for (const write of replays())
        expect((await perform(apiKey, write)).status).toBeLessThan(300);
      const sql = 'SELECT secret_digest FROM api_keys WHERE id = ?';
      const [row] = await service.database.query(sql, [id]);
      const [revoked, ...others] = keyEnded(id, 40105);
      const ofKeys = scoped().filter(({ isOfUsers }) => !isOfUsers);
      await expectNothingStored(apiKey, ofKeys, [revoked]);
      await expectNothingStored(apiKey, sample(), [
        ...others,
        keyColumn(id, 'secret_digest', ['f'.repeat(64), row?.['secret_digest']], 40105),
        accountClosed(40105),
        ...narrowed(),
      ]);
    });

    it("stores nothing for an API key's session", async () => {
      const { id, key, secret } = await newKey(service, owner, RULER);
      const path = '/oauth/token?grant_type=client_credentials';
      const { body } = await request(service, 'POST', path, { basic: [key, secret] });
      const bearer: string = body.access_token;
      const create = writes.filter(({ route }) => route === 'POST /account/role');
      const losses = [...keyEnded(id, 40103), ...sessionEnded(bearer), ...narrowed()];
      await expectNothingStored(bearer, create, losses);
    });

    it('stores nothing beyond the present scopes of a narrowed token', async () => {
      const path = '/oauth/token?grant_type=password&scope=core';
      const basic = [ruler.email, ruler.password] as const;
      const { body } = await request(service, 'POST', path, { basic });
      const loss = roleNarrowed(RULER, 'users:write read_only', RULES.join(' '));
      const create = writes.filter(({ route }) => route === 'POST /account/user');
      await expectNothingStored(body.access_token, create, [loss]);
    });

    it('grants no role that the caller no longer holds', async () => {
      const loss = roleNarrowed(RULER, 'core', RULES.join(' '));
      const grants = writes.filter(({ isBeyondCore }) => isBeyondCore);
      await expectNothingStored(ruler.bearer, grants, [loss]);
    });

    it('stores nothing for the owner', async () => {
      await expectNothingStored(owner.bearer, ownerWrites, [
        ...sessionEnded(owner.bearer),
        userColumn(owner, 'is_active', [0, 1], 40103),
        userColumn(owner, 'role', ['admin', 'owner'], 40302),
      ]);
    });
  },
);

/** Id of the session behind an access token. */
function sidOf(token: string): string {
  const [, payload = ''] = token.split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string }).sid;
}
