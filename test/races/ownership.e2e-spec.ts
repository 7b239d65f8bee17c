import { beforeAll, expect, it } from '@jest/globals';
import { request, type HttpResponse } from '../support/http.js';
import { newMember, newOwner, newUser, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const USERS = '/api/v1/account/user';
const ROUNDS = 6;

describeTargets(
  'the owner of an account, under concurrent requests',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
    });

    const handOver = ({ bearer, password }: Member, user_id: string) =>
      request(service, 'POST', '/api/v1/account/owner', { bearer, json: { user_id, password } });
    const patch = (bearer: string, id: string, json: object) =>
      request(service, 'PATCH', `${USERS}/${id}`, { bearer, json });
    const remove = (bearer: string, id: string) =>
      request(service, 'DELETE', `${USERS}/${id}`, { bearer });

    /** Expects exactly one owner, who can sign in, and no 5xx answer. */
    async function expectOneOwner(
      { accountId }: Member,
      answers: readonly HttpResponse[],
    ): Promise<string> {
      for (const { status, text } of answers) expect([text, status < 500]).toEqual([text, true]);
      const owners = await service.database.query(
        "SELECT id, is_active, password_hash FROM users WHERE account_id = ? AND role = 'owner'",
        [accountId],
      );
      expect(owners).toHaveLength(1);
      expect([Number(owners[0]?.['is_active']), owners[0]?.['password_hash'] === null]).toEqual([
        1,
        false,
      ]);
      return owners[0]?.['id'];
    }

    it('is the heir with the answer 204 after two transfers (S-101)', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const owner = await newOwner(service);
        const heirs = await inParallel(2, () => newUser(service, owner, 'admin'));
        const answers = await Promise.all(heirs.map(({ id }) => handOver(owner, id)));
        const winner = await expectOneOwner(owner, answers);
        const granted = heirs.filter((_, index) => answers[index]?.status === 204);
        expect(granted.map(({ id }) => id)).toEqual([winner]);
      }
    });

    it.each([
      ['deactivation', (bearer: string, id: string) => patch(bearer, id, { is_active: false })],
      ['demotion', (bearer: string, id: string) => patch(bearer, id, { role: 'send_only' })],
      ['deletion', remove],
    ])(
      'is one user after a transfer concurrent with the %s of the heir (S-101)',
      async (_, act) => {
        for (let round = 0; round < ROUNDS; round++) {
          const owner = await newOwner(service);
          const admin = await newMember(service, owner, 'admin');
          const heir = await newUser(service, owner, 'standard');
          const [handed, acted] = await Promise.all([
            handOver(owner, heir.id),
            act(admin.bearer, heir.id),
          ]);
          const winner = await expectOneOwner(owner, [handed, acted]);
          // The answers are true, and fit an order of the two requests.
          expect(winner).toBe(handed.status === 204 ? heir.id : owner.id);
          if (handed.status === 204 && acted.status >= 300) {
            expect([40303, 40103]).toContain(acted.body.code);
          }
        }
      },
    );

    it('is one user or deleted after a transfer concurrent with the deletion of the account (S-101, S-106)', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const owner = await newOwner(service);
        const heir = await newUser(service, owner, 'admin');
        const [handed, ended] = await Promise.all([
          handOver(owner, heir.id),
          request(service, 'DELETE', '/api/v1/account', {
            bearer: owner.bearer,
            json: { password: owner.password },
          }),
        ]);
        if (ended.status === 204) {
          const sql = 'SELECT id FROM users WHERE account_id = ?';
          expect(await service.database.query(sql, [owner.accountId])).toEqual([]);
        } else {
          await expectOneOwner(owner, [handed, ended]);
        }
      }
    });
  },
  { adapters: ['fastify'] },
);
