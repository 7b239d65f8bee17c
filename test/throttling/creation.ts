import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { newSignUp } from '../support/factories.js';
import { request, type HttpResponse, type Reachable } from '../support/http.js';
import { newKey, newMember, newOwner, type Member } from '../support/members.js';
import { hashing, inOrder, outcomes, times, type Bench } from './bench.js';
import { from } from './networks.js';

/** Limits that a test reaches with few requests, but that the other suites of the service do not reach. */
export const SMALL_LIMITS = {
  SIGN_UPS_PER_IP: '40',
  LEAK_REPORTS_PER_IP: '3',
  NEW_USERS_PER_CALLER: '3',
  NEW_API_KEYS_PER_CALLER: '3',
} as const;

export function describeCreation(bench: Bench): void {
  describe('of creation', () => {
    const signUpFrom = (client: Reachable, email = newSignUp().email_address) =>
      request(client, 'POST', '/api/v1/account', {
        json: { ...newSignUp(), email_address: email },
      });
    const addUser = (client: Reachable, { bearer }: Pick<Member, 'bearer'>, email?: string) => {
      const { email_address, password } = newSignUp();
      const names = { first_name: 'Grace', surname: 'Hopper', role: 'read_only' };
      const json = { email_address: email ?? email_address, password, ...names };
      return request(client, 'POST', '/api/v1/account/user', { bearer, json });
    };
    const createKey = (bearer: string, headers = {}, name = 'Nightly export') => {
      const json = { name, role: 'read_only' };
      return request(bench.usual, 'POST', '/api/v1/account/api_key', { bearer, json, headers });
    };
    const expectLimit = ({ status, body, headers }: HttpResponse) => {
      expect([status, body.code]).toEqual([429, 42901]);
      expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    };

    it('limits sign-ups of a network before any hashing, alike for taken and free addresses (S-20, S-33)', async () => {
      const client = from(bench.service);
      // A refused password is no sign-up.
      const invalid = { ...newSignUp(), password: 'short' };
      const refused = await request(client, 'POST', '/api/v1/account', { json: invalid });
      expect(outcomes([refused])).toEqual(['400 40001']);
      const email = (index: number) => (index % 2 === 0 ? bench.owner.email : undefined);
      const answers = await inOrder(40, (index) => signUpFrom(client, email(index)));
      expect(outcomes(answers)).toEqual(times(40, '202'));
      const [late, runs] = await hashing(bench, () =>
        inOrder(2, (index) => signUpFrom(client, email(index))),
      );
      late.forEach(expectLimit);
      expect(late[0]?.text).toBe(late[1]?.text);
      expect(runs).toBe(0);
      expect(outcomes([await signUpFrom(from(bench.service))])).toEqual(['202']);
    });

    it('limits reports of leaked keys by network, and counts them against nothing else (S-28, S-33)', async () => {
      const client = from(bench.service);
      const key = await newKey(bench.usual, await newOwner(bench.usual));
      const report = (api_key: unknown) =>
        request(client, 'POST', '/api/v1/api_key/leaked', { json: { api_key } });
      // A malformed request is no report.
      expect(outcomes([await report(7)])).toEqual(['400 40001']);
      const wrong = `${key.key}.gths_${'0'.repeat(64)}fdaa6867`;
      const answers = await inOrder(3, () => report(wrong));
      expect(outcomes(answers)).toEqual(times(3, '202'));
      expectLimit(await report(wrong));
      expectLimit(await report(key.apiKey));
      const me = (bearer: string) => request(client, 'GET', '/oauth/me', { bearer });
      expect((await me(key.apiKey)).status).toBe(200);
      // No report was a wrong key, of which the network may send 50.
      const guesses = await inOrder(50, () => me(wrong));
      expect(outcomes(guesses)).toEqual(times(50, '401 40105'));
      const others = { json: { api_key: key.apiKey } };
      const elsewhere = from(bench.service);
      const answer = await request(elsewhere, 'POST', '/api/v1/api_key/leaked', others);
      expect(answer.status).toBe(202);
      expect((await me(key.apiKey)).status).toBe(429);
    });

    it('limits the users that a caller and an account add, also where an address is in use (S-20, S-33)', async () => {
      const owner = await newOwner(bench.usual);
      const first = await addUser(bench.usual, owner);
      const taken = await inOrder(2, () => addUser(bench.usual, owner, bench.owner.email));
      expect(outcomes([first, ...taken])).toEqual(['201', '409 40901', '409 40901']);
      const [late, runs] = await hashing(bench, () => addUser(from(bench.service), owner));
      expectLimit(late);
      expect(runs).toBe(0);
      // Another account is not affected.
      const other = await newOwner(bench.usual);
      expect(outcomes([await addUser(bench.usual, other)])).toEqual(['201']);
    });

    it('limits an account at three times the limit of a caller (S-33)', async () => {
      const owner = await newOwner(bench.usual);
      const admins: Member[] = [];
      while (admins.length < 3) admins.push(await newMember(bench.usual, owner, 'admin'));
      // The owner has added three by now.
      const answers: HttpResponse[] = [];
      for (const admin of admins) {
        answers.push(...(await inOrder(3, () => addUser(bench.usual, admin))));
      }
      expect(outcomes(answers)).toEqual([...times(6, '201'), ...times(3, '429 42901')]);
    });

    it('limits the API keys that a caller creates and rotates; a repeated answer counts once (S-33)', async () => {
      const { bearer } = await newOwner(bench.usual);
      const idempotent = { 'Idempotency-Key': randomUUID() };
      const created = await createKey(bearer, idempotent);
      expect(created.status).toBe(201);
      const rotate = (headers = {}) =>
        request(bench.usual, 'POST', `/api/v1/account/api_key/${created.body.id}/rotate`, {
          bearer,
          json: { overlap_seconds: 60 },
          headers,
        });
      expect(outcomes([await createKey(bearer), await rotate()])).toEqual(['201', '200']);
      expectLimit(await createKey(bearer));
      expectLimit(await rotate());
      // A lost answer can still be repeated, as long as its secret is the previous one at least.
      const repeated = await createKey(bearer, idempotent);
      expect([repeated.status, repeated.body.api_key]).toEqual([201, created.body.api_key]);
      expectLimit(await createKey(bearer, { 'Idempotency-Key': randomUUID() }));
    });
  });
}
