import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { newSignUp, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { newKey, newOwner, newUser } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { inParallel, refresh } from '../support/sessions.js';
import { attempt, hashing, inOrder, outcome, outcomes, times, type Bench } from './bench.js';
import { from, newAddress } from './networks.js';

const unknownAddress = () => `nobody-${randomUUID()}@example.com`;

export function describePasswords(bench: Bench): void {
  describe('of passwords', () => {
    it('begins with the sixth wrong one from a new address, and hashes none behind it (S-24, S-30)', async () => {
      const { email } = await signUp(from(bench.service));
      const address = newAddress();
      const stranger = from(bench.service, address);
      const [answers, runs] = await hashing(bench, () =>
        inOrder(20, () => attempt(stranger, email)),
      );
      expect(outcomes(answers)).toEqual([...times(5, '403 40102'), ...times(15, '429 42901')]);
      expect(runs).toBe(5);
      for (const { headers, body } of answers.slice(5)) {
        expect(secondsIn(headers)).toBeLessThanOrEqual(30);
        expect(body).toMatchObject({ code: 42901, message: 'Too many requests' });
      }
    });

    it('reports the delay once, and no refusal behind it (S-147)', async () => {
      const { email } = await signUp(from(bench.service));
      const address = newAddress();
      await inOrder(12, () => attempt(from(bench.service, address), email));
      const lines = bench.service.output().split('\n');
      const written = lines.filter((line) => line.includes(`"${address}"`));
      const named = (event: string) => written.filter((line) => line.includes(event));
      expect(named('sign_in.failed')).toHaveLength(5);
      expect(named('sign_in.throttled')).toHaveLength(1);
      expect(named('sign_in.throttled')[0]).toContain('delay of the address');
    });

    it('costs parallel guesses as much, and refuses the right password behind them (S-27)', async () => {
      const user = await signUp(from(bench.service));
      const stranger = from(bench.service);
      const [answers, runs] = await hashing(bench, () =>
        inParallel(50, () => attempt(stranger, user.email)),
      );
      expect(outcomes(answers).toSorted()).toEqual([
        ...times(5, '403 40102'),
        ...times(45, '429 42901'),
      ]);
      expect(runs).toBe(5);
      for (const client of [stranger, from(bench.service)]) {
        const [right, more] = await hashing(bench, () =>
          attempt(client, user.email, user.password),
        );
        expect([outcome(right), more]).toEqual(['429 42901', 0]);
      }
    });

    it('never locks the owner out: refresh, API key, and the password from the usual network (S-26)', async () => {
      const user = await newOwner(bench.usual);
      const key = await newKey(bench.usual, user);
      await inParallel(20, () => attempt(from(bench.service), user.email));
      const anywhere = from(bench.service);
      expect(outcome(await attempt(anywhere, user.email, user.password))).toBe('429 42901');
      expect(outcome(await refresh(anywhere, user.tokens.refresh_token))).toBe('200');
      const me = await request(anywhere, 'GET', '/oauth/me', { bearer: key.apiKey });
      expect(outcome(me)).toBe('200');
      expect(outcome(await attempt(anywhere, key.key, key.secret))).toBe('200');
      expect(outcome(await attempt(bench.usual, user.email, user.password))).toBe('200');
      // Guesses from there have a counter of their own, which strangers do not share.
      const guesses = await inOrder(6, () => attempt(bench.usual, user.email));
      expect(outcomes(guesses)).toEqual([...times(5, '403 40102'), '429 42901']);
      expect(outcome(await attempt(anywhere, user.email, user.password))).toBe('429 42901');
    });

    it('limits a network over all addresses: a /64 of IPv6 is one (S-25)', async () => {
      const inNetwork = (index: number) =>
        from(bench.service, `2001:db8:1:2:${index.toString(16)}::1`);
      const [answers, runs] = await hashing(bench, () =>
        inParallel(80, (index) => attempt(inNetwork(index), unknownAddress())),
      );
      expect(outcomes(answers).toSorted()).toEqual([
        ...times(50, '403 40102'),
        ...times(30, '429 42901'),
      ]);
      expect(runs).toBe(50);
      const late = answers.find(({ status }) => status === 429);
      expect(late && secondsIn(late.headers)).toBeLessThanOrEqual(3600);
      const { email, password } = bench.owner;
      const neighbour = from(bench.service, '2001:db8:1:3::1');
      expect(outcome(await attempt(neighbour, email, password))).toBe('200');
    });

    it('counts guesses at one user over all networks (S-24)', async () => {
      const user = await newOwner(bench.usual);
      const [answers, runs] = await hashing(bench, () =>
        inParallel(40, () => attempt(from(bench.service), user.email)),
      );
      expect(outcomes(answers).toSorted()).toEqual([
        ...times(5, '403 40102'),
        ...times(35, '429 42901'),
      ]);
      expect(runs).toBe(5);
      expect(outcome(await attempt(bench.usual, user.email, user.password))).toBe('200');
    });

    it('leaves the users of a network in that is over its limit, and a success takes nothing off it (S-26, S-31)', async () => {
      const shared = from(bench.service);
      const user = await newOwner(shared);
      const wrong = () => attempt(shared, unknownAddress());
      await inOrder(30, wrong);
      expect(outcome(await attempt(shared, user.email, user.password))).toBe('200');
      expect(outcomes(await inOrder(21, wrong))).toEqual([...times(20, '403 40102'), '429 42901']);
      expect(outcome(await attempt(shared, user.email, user.password))).toBe('200');
      const stranger = await signUp(from(bench.service));
      expect(outcome(await attempt(shared, stranger.email, stranger.password))).toBe('429 42901');
      const guesses = await inOrder(5, () => attempt(shared, user.email));
      expect(outcomes(guesses)).toEqual(['403 40102', ...times(4, '429 42901')]);
    });

    it('starts again for an address after a success (S-31)', async () => {
      const user = await signUp(from(bench.service));
      const wrongElsewhere = (count: number) =>
        inOrder(count, () => attempt(from(bench.service), user.email));
      expect(outcomes(await wrongElsewhere(4))).toEqual(times(4, '403 40102'));
      expect(outcome(await attempt(from(bench.service), user.email, user.password))).toBe('200');
      expect(outcomes(await wrongElsewhere(6))).toEqual([...times(5, '403 40102'), '429 42901']);
    });

    it('starts again for an address whose password was changed (S-24)', async () => {
      const user = await newOwner(bench.usual);
      await inOrder(6, () => attempt(from(bench.service), user.email));
      const password = `another ${randomUUID()}`;
      const json = { current_password: user.password, new_password: password };
      const change = { bearer: user.bearer, json };
      const changed = await request(bench.usual, 'PUT', '/api/v1/account/user/me/password', change);
      expect(changed.status).toBe(204);
      await eventually(async () => {
        const answer = await attempt(from(bench.service), user.email, password);
        expect(outcome(answer)).toBe('200');
      });
    });

    it('takes the right-most hop for the network, whatever stands left of it (S-117)', async () => {
      const address = newAddress();
      const answers = await inOrder(51, () =>
        attempt(from(bench.service, `${newAddress()}, ${address}`), unknownAddress()),
      );
      expect(outcomes(answers)).toEqual([...times(50, '403 40102'), '429 42901']);
    });

    it('counts the right password of a disabled user as a failure (S-24)', async () => {
      const owner = await newOwner(bench.usual);
      const user = await newUser(bench.usual, owner, 'read_only');
      const change = { bearer: owner.bearer, json: { is_active: false } };
      await request(bench.usual, 'PATCH', `/api/v1/account/user/${user.id}`, change);
      const answers = await inOrder(6, () =>
        attempt(from(bench.service), user.email, user.password),
      );
      expect(outcomes(answers)).toEqual([...times(5, '403 40102'), '429 42901']);
    });

    it('tells nobody whether an address is known (S-30)', async () => {
      const known = (await signUp(from(bench.service))).email;
      const seen = async (email: string) => {
        const answers = await inOrder(8, () => attempt(from(bench.service), email));
        return answers.map(({ status, headers, text }) => [status, shown(headers), text]);
      };
      expect(await seen(known)).toEqual(await seen(newSignUp().email_address));
    });
  });
}

function secondsIn(headers: Headers): number {
  const seconds = headers.get('retry-after');
  expect(seconds).toMatch(/^[1-9]\d*$/);
  return Number(seconds);
}

/** The headers that do not differ between any two answers; of `Retry-After` only its presence. */
function shown(headers: Headers): unknown[] {
  return [...headers]
    .filter(([name]) => !['date', 'x-request-id'].includes(name))
    .map(([name, value]) => (name === 'retry-after' ? name : [name, value]));
}
