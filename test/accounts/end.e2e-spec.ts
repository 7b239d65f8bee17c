import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { enter, expectStatus, newKey, newMember, newOwner, newRole } from '../support/members.js';
import { sharedService } from '../support/shared-service.js';
import { storeLink } from '../support/stored-link.js';
import { countRows, liveSessionIds, refresh } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { newWebhook } from '../webhooks/webhooks.js';

const TABLES = [
  'users',
  'api_keys',
  'roles',
  'refresh_tokens',
  'api_key_issues',
  'one_time_links',
  'webhooks',
];

describeTargets(
  'the deletion of an account',
  (target) => {
    it('deletes all of its rows and frees its addresses (S-106, S-169)', async () => {
      const service = await sharedService(target);
      const owner = await newOwner(service);
      const member = await newMember(service, owner, 'standard');
      const key = await newKey(service, owner);
      await newRole(service, owner, 'keeper', []);
      await expectStatus(201, service, 'POST', '/api/v1/account/api_key', {
        bearer: owner.bearer,
        json: { name: 'Repeatable', role: 'read_only' },
        headers: { 'Idempotency-Key': randomUUID() },
      });
      // An event that does not happen here: nothing is sent.
      await newWebhook(service, owner, 'https://hooks.example.com/', ['role.deleted']);
      for (const user of [owner, member]) await storeLink(service.database, user, 'reset');
      const countOf = (table: string) =>
        countRows(service.database, table, 'account_id = ?', [owner.accountId]);
      for (const table of TABLES) {
        if ((await countOf(table)) === 0) throw new Error(`there is nothing to delete in ${table}`);
      }
      const grant = await request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [key.key, key.secret],
      });
      const ended = await request(service, 'DELETE', '/api/v1/account', {
        bearer: owner.bearer,
        json: { password: owner.password },
      });
      expect(ended.status).toBe(204);
      for (const bearer of [owner.bearer, member.bearer, grant.body.access_token]) {
        expectRefusal(await request(service, 'GET', '/oauth/me', { bearer }), 401, 40103);
      }
      expectRefusal(await request(service, 'GET', '/oauth/me', { bearer: key.apiKey }), 401, 40105);
      expectRefusal(await refresh(service, grant.body.refresh_token), 403, 40106);
      for (const table of TABLES) {
        expect([table, await countOf(table)]).toEqual([table, 0]);
      }
      const networks = await service.database.query(
        'SELECT digest FROM sign_in_networks WHERE user_id IN (?, ?)',
        [owner.id, member.id],
      );
      expect(networks).toEqual([]);
      expect(await liveSessionIds(service.database, owner.accountId)).toEqual([]);
      const again = { ...newSignUp(), email_address: owner.email };
      await request(service, 'POST', '/api/v1/account', { json: again });
      const successor = await enter(service, {
        email: owner.email,
        password: again.password,
        accountId: '',
      });
      const { body } = await request(service, 'GET', '/api/v1/account/user', {
        bearer: successor.bearer,
      });
      expect(body).toHaveLength(1);
    });
  },
  { adapters: ['fastify'] },
);
