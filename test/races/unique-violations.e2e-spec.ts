import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { newSignUp } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { newKey, newOwner, type Member } from '../support/members.js';
import { eventually, inTurn } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const ACCOUNT = '/api/v1/account';
const AT_ONCE = 12;

// On PostgreSQL a violation aborts the transaction, and every further statement in it fails with 25P02.
describeTargets(
  'violations of a unique key, under concurrent requests',
  (target) => {
    let service: SharedService;
    let owner: Member;
    beforeAll(async () => {
      service = await sharedService(target);
      owner = await newOwner(service);
    });

    const post = (path: string, json: object, idempotencyKey?: string) =>
      inTurn(() =>
        request(service, 'POST', `${ACCOUNT}${path}`, {
          bearer: owner.bearer,
          json,
          headers: { 'idempotency-key': idempotencyKey },
        }),
      );

    it('leave no connection of the pool in an aborted transaction (S-173, S-179)', async () => {
      const key = await newKey(service, owner);
      const person = newSignUp();
      const member = {
        email_address: newSignUp().email_address,
        first_name: 'Grace',
        surname: 'Hopper',
        role: 'standard',
      };
      const [creation, rotation] = [randomUUID(), randomUUID()];
      const races: (() => Promise<HttpResponse>)[] = [
        () => post('', person),
        () => post('/user', member),
        () => post('/role', { name: 'once', scopes: [] }),
        () => post('/api_key', { name: 'k', role: 'read_only' }, creation),
        () => post(`/api_key/${key.id}/rotate`, { overlap_seconds: 60 }, rotation),
      ];
      const answers = await Promise.all(races.map((race) => inParallel(AT_ONCE, race)));

      const outcomes = answers.map((all) => countBy(all.map(({ status }) => status)));
      expect(outcomes).toEqual([
        { 202: AT_ONCE },
        { 201: 1, 409: AT_ONCE - 1 },
        { 201: 1, 409: AT_ONCE - 1 },
        { 201: AT_ONCE },
        { 200: AT_ONCE },
      ]);
      // One request with an Idempotency-Key acted, and the others got its answer.
      for (const all of answers.slice(3)) {
        expect(new Set(all.map(({ body }) => body.api_key)).size).toBe(1);
      }
      await expectOtherWork();
    });

    /** Expects that reads and transactions on all connections of the pool succeed. */
    async function expectOtherWork(): Promise<void> {
      const { bearer } = owner;
      const all = await inParallel(2 * AT_ONCE, (index) =>
        index % 2 === 0
          ? request(service, 'GET', `${ACCOUNT}/user`, { bearer })
          : request(service, 'PATCH', `${ACCOUNT}/user/me`, { bearer, json: { surname: 'L' } }),
      );
      expect(countBy(all.map(({ status }) => status))).toEqual({ 200: all.length });
      if (target.database !== 'postgres') return;
      await eventually(async () => {
        const open = await service.database.query(
          `SELECT pid, state FROM pg_stat_activity
           WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
        );
        expect(open).toEqual([]);
      });
    }
  },
  { adapters: ['fastify'] },
);

function countBy(values: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
