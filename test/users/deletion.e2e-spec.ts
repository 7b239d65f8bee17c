import { expect, it } from '@jest/globals';
import { LINK_PURPOSES } from '../../src/links/link-purpose.js';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { enter, newMember, newOwner } from '../support/members.js';
import { storeLink } from '../support/stored-link.js';
import { countRows } from '../support/sessions.js';
import { sharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const USERS = '/api/v1/account/user';
const OF_USER = ['refresh_tokens', 'sign_in_networks', 'one_time_links'];

describeTargets(
  'the deletion of a user',
  (target) => {
    it('removes password, sessions, networks and open links, and keeps the id in the audit trail (S-169)', async () => {
      const service = await sharedService(target);
      const { database } = service;
      const owner = await newOwner(service);
      const user = await newMember(service, owner, 'standard');
      for (const purpose of LINK_PURPOSES) await storeLink(database, user, purpose);
      const countOf = async (id: string) =>
        Promise.all(OF_USER.map((table) => countRows(database, table, 'user_id = ?', [id])));
      expect(await countOf(user.id)).toEqual([1, 1, LINK_PURPOSES.length]);

      const { bearer } = owner;
      expect((await request(service, 'DELETE', `${USERS}/${user.id}`, { bearer })).status).toBe(
        204,
      );
      expect(await countOf(user.id)).toEqual([0, 0, 0]);
      expect(await countRows(database, 'users', 'id = ?', [user.id])).toBe(0);
      const trail = await database.query('SELECT event FROM audit_records WHERE target_id = ?', [
        user.id,
      ]);
      expect(trail.map(({ event }) => event)).toEqual(
        expect.arrayContaining(['user.created', 'user.deleted']),
      );

      // A later user of the address begins with nothing.
      const { password } = newSignUp();
      const facts = { first_name: 'Ada', surname: 'Byron', role: 'standard', password };
      const json = { ...facts, email_address: user.email };
      expect((await request(service, 'POST', USERS, { bearer, json })).status).toBe(201);
      const successor = await enter(service, { ...user, password });
      expect(successor.id).not.toBe(user.id);
      expect(await countOf(successor.id)).toEqual([1, 1, 0]);
    });
  },
  { adapters: ['fastify'] },
);
