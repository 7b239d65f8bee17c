import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo, ENGINES } from '../faults/engines.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { linksOf, tokenFor } from '../support/link-tokens.js';
import { newOwner, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import type { ServerKind } from '../support/servers.js';
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
    const change = ({ bearer, password }: Member, address: string) => {
      const json = { current_password: password, new_email_address: address };
      return request(service, 'PUT', '/api/v1/account/user/me/email', { bearer, json });
    };
    const ask = async (user: Member, address: string) =>
      expect((await change(user, address)).status).toBe(202);
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

    // SQLite has no second writer that it could wait for.
    if (target.database === 'sqlite') return;

    it('a change is refused where the password was changed since it was checked (40102, S-104)', async () => {
      const owner = await newOwner(service);
      const other = await connectTo(service.database);
      await other.query('BEGIN');
      await other.query('UPDATE users SET password_hash = ? WHERE id = ?', ['x', owner.id]);
      const answer = change(owner, newSignUp().email_address);
      await eventually(async () => {
        // InnoDB refreshes this table only if it was not read for 100 ms.
        await sleep(150);
        const waiting = ENGINES[target.database as ServerKind].waitingForRow;
        expect(await service.database.query(waiting)).toHaveLength(1);
      });
      await other.query('COMMIT');
      await other.close();
      expectRefusal(await answer, 403, 40102);
      expect(await linksOf(service.database, owner.id, 'email_change')).toEqual([]);
      expect(await rowsOf(owner.accountId, 'email.change_requested')).toEqual([]);
      expect(await rowsOf(owner.accountId, 'password.refused')).toHaveLength(1);
    });
  },
  { adapters: ['fastify'] },
);
