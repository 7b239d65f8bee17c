import { beforeAll, expect, it } from '@jest/globals';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { newMember, newOwner, newRole, newUser, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows, inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const USERS = '/api/v1/account/user';
const ROLES = '/api/v1/account/role';
const KEYS = '/api/v1/account/api_key';

const ascending = (one: number, other: number) => one - other;

describeTargets(
  'users and roles, under concurrent requests',
  (target) => {
    let service: SharedService;
    let owner: Member;
    beforeAll(async () => {
      service = await sharedService(target);
      owner = await newOwner(service);
    });

    const post = (path: string, json: object) =>
      request(service, 'POST', path, { bearer: owner.bearer, json });
    const userWith = (role: string, email_address = newSignUp().email_address) =>
      post(USERS, { email_address, first_name: 'G', surname: '', role });
    const remove = (path: string) => request(service, 'DELETE', path, { bearer: owner.bearer });
    const patch = (id: string, json: object) =>
      request(service, 'PATCH', `${USERS}/${id}`, { bearer: owner.bearer, json });

    it('20 creations with one address make one user, and the others get 40901 (S-179)', async () => {
      const { email_address } = newSignUp();
      const spelt = (index: number) =>
        index % 2 === 0 ? email_address : email_address.toUpperCase();
      const answers = await inParallel(20, (index) => userWith('standard', spelt(index)));
      const codes = answers.map(({ status, body }) => (status === 201 ? 201 : body.code));
      expect(codes.toSorted(ascending)).toEqual([201, ...Array.from({ length: 19 }, () => 40901)]);
      const rows = ['canonical_email = ?', [email_address]] as const;
      expect(await countRows(service.database, 'users', ...rows)).toBe(1);
    });

    it('20 creations of one role make one role, and the others get 40901 (S-179)', async () => {
      const answers = await inParallel(20, () => post(ROLES, { name: 'once', scopes: [] }));
      const codes = answers.map(({ status, body }) => (status === 201 ? 201 : body.code));
      expect(codes.toSorted(ascending)).toEqual([201, ...Array.from({ length: 19 }, () => 40901)]);
    });

    it('a role that is deleted while it is assigned either stays or is assigned to nobody (S-198)', async () => {
      const user = await newUser(service, owner, 'standard');
      const ways = [
        (role: string) => userWith(role),
        (role: string) => patch(user.id, { role }),
        (role: string) => post(KEYS, { name: 'k', role }),
      ];
      for (let round = 0; round < 24; round++) {
        const role = `fleeting${round}`;
        const id = await newRole(service, owner, role, ['send']);
        const give = ways[round % ways.length];
        const [given, deleted] = await Promise.all([give?.(role), remove(`${ROLES}/${id}`)]);
        const holders =
          (await countRows(service.database, 'users', 'role = ?', [role])) +
          (await countRows(service.database, 'api_keys', 'role = ?', [role]));
        const roles = await countRows(service.database, 'roles', 'id = ?', [id]);
        expect([given?.status, deleted.status, holders, roles]).toEqual(
          deleted.status === 204
            ? [400, 204, 0, 0]
            : [given?.status === 200 ? 200 : 201, 409, 1, 1],
        );
      }
    });

    it('two roles never come to include each other (S-196)', async () => {
      for (let round = 0; round < 8; round++) {
        const names = [`left${round}`, `right${round}`];
        const ids: string[] = [];
        for (const name of names) ids.push(await newRole(service, owner, name, []));
        const answers = await inParallel(2, (index) =>
          request(service, 'PUT', `${ROLES}/${ids[index]}`, {
            bearer: owner.bearer,
            json: { name: names[index], scopes: [names[1 - index]] },
          }),
        );
        const codes = answers.map(({ status, body }) => (status === 200 ? 200 : body.code));
        expect(codes.toSorted(ascending)).toEqual([200, 40001]);
      }
    });

    it('a user who is deactivated while signing in has no live session (S-55, S-104)', async () => {
      for (let round = 0; round < 10; round++) {
        const user = await newUser(service, owner, 'standard');
        const basic = [user.email, user.password] as const;
        const [signedIn, deactivated] = await Promise.all([
          request(service, 'POST', '/oauth/token?grant_type=password', { basic }),
          patch(user.id, { is_active: false }),
        ]);
        expect([200, 403]).toContain(signedIn.status);
        expect(deactivated.status).toBe(200);
        const live = ['user_id = ? AND revoked_at IS NULL', [user.id]] as const;
        expect(await countRows(service.database, 'refresh_tokens', ...live)).toBe(0);
      }
    });

    it('two admins who demote each other: the second request is refused (S-104)', async () => {
      for (let round = 0; round < 8; round++) {
        const pair = [
          await newMember(service, owner, 'admin'),
          await newMember(service, owner, 'admin'),
        ] as const;
        const answers = await inParallel(2, (index) =>
          request(service, 'PATCH', `${USERS}/${pair[1 - index]?.id}`, {
            bearer: pair[index]?.bearer ?? '',
            json: { role: 'send_only' },
          }),
        );
        const statuses = answers.map(({ status }) => status);
        expect(statuses.filter((status) => status === 200)).toHaveLength(1);
        expect(statuses.every((status) => [200, 401, 403].includes(status))).toBe(true);
      }
    });

    it('two concurrent password changes: only the one with the answer 204 counts (S-104)', async () => {
      for (let round = 0; round < 4; round++) {
        const person = await newOwner(service);
        const next = [newSignUp().password, newSignUp().password];
        const answers = await inParallel(2, (index) =>
          request(service, 'PUT', '/api/v1/account/user/me/password', {
            bearer: person.bearer,
            json: { current_password: person.password, new_password: next[index] },
          }),
        );
        expect(answers.map(({ status }) => status).toSorted(ascending)).toEqual([204, 403]);
        const winner = next[answers.findIndex(({ status }) => status === 204)] ?? '';
        const basic = [person.email, winner] as const;
        const path = '/oauth/token?grant_type=password';
        expect((await request(service, 'POST', path, { basic })).status).toBe(200);
      }
    });
  },
  { adapters: ['fastify'] },
);
