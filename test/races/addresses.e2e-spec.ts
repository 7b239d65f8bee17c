import { beforeAll, expect, it } from '@jest/globals';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { tokenFor } from '../support/link-tokens.js';
import { newOwner, type Member } from '../support/members.js';
import { inParallel } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const AT_ONCE = 20;

describeTargets(
  'links of addresses, used at the same time',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
    });

    const confirm = (token: string) =>
      request(service, 'POST', '/api/v1/account/email/verify', { json: { token } });
    const token = (userId: string, purpose: string) => tokenFor(service.database, userId, purpose);
    const ask = async ({ bearer, password }: Member, address: string) => {
      const json = { current_password: password, new_email_address: address };
      const path = '/api/v1/account/user/me/email';
      expect((await request(service, 'PUT', path, { bearer, json })).status).toBe(202);
    };
    const rowsOf = (accountId: string, event: string) =>
      service.database.query('SELECT id FROM audit_records WHERE account_id = ? AND event = ?', [
        accountId,
        event,
      ]);

    it('one link confirms an address once (40005, S-108)', async () => {
      const owner = await newOwner(service);
      const sent = await token(owner.id, 'verification');
      const answers = await inParallel(AT_ONCE, () => confirm(sent));
      const codes = answers.map(({ body }) => body.code as number | undefined);
      expect(codes.filter((code) => code === undefined)).toHaveLength(1);
      expect(codes.filter((code) => code === 40005)).toHaveLength(AT_ONCE - 1);
      expect(await rowsOf(owner.accountId, 'email.verified')).toHaveLength(1);
    });

    it('two users get one new address: the first that confirms (40005, S-113)', async () => {
      const users = [await newOwner(service), await newOwner(service)];
      const address = newSignUp().email_address;
      for (const user of users) await ask(user, address);
      const tokens = await Promise.all(users.map(({ id }) => token(id, 'email_change')));
      const answers = await inParallel(10, (index) => confirm(tokens[index % 2] ?? ''));
      const codes = answers.map(({ body }) => body.code as number | undefined);
      expect(codes.filter((code) => code === undefined)).toHaveLength(1);
      expect(codes.filter((code) => code === 40005)).toHaveLength(9);
      const changed = await Promise.all(
        users.map(({ accountId }) => rowsOf(accountId, 'email.changed')),
      );
      expect(changed.flat()).toHaveLength(1);
      const holders = await service.database.query(
        'SELECT id FROM users WHERE canonical_email = ?',
        [address],
      );
      expect(holders).toHaveLength(1);
    });
  },
  { adapters: ['fastify'] },
);
