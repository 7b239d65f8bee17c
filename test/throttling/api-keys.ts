import { describe, expect, it } from '@jest/globals';
import { request } from '../support/http.js';
import { newKey, newOwner } from '../support/members.js';
import { refresh } from '../support/sessions.js';
import { attempt, inOrder, outcome, outcomes, PASSWORD_GRANT, times, type Bench } from './bench.js';
import { from } from './networks.js';

export function describeApiKeys(bench: Bench): void {
  describe('of API keys', () => {
    it('counts wrong ones against the network alone: a right key is never refused (S-28)', async () => {
      const user = await newOwner(bench.usual);
      const key = await newKey(bench.usual, user);
      const { secret: wrongSecret } = await newKey(bench.usual, user);
      const pair = [key.key, wrongSecret] as const;
      const flooder = from(bench.service);
      const bearer = `${key.key}.${wrongSecret}`;
      const answers = await inOrder(55, () => request(flooder, 'GET', '/oauth/me', { bearer }));
      expect(outcomes(answers)).toEqual([...times(50, '401 40105'), ...times(5, '429 42901')]);
      expect(answers.at(-1)?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      const form = { client_id: key.key, client_secret: wrongSecret };
      const json = { refresh_token: user.tokens.refresh_token };
      const grant = (type: string) => `/oauth/token?grant_type=${type}`;
      const elsewhere = [
        await request(flooder, 'GET', '/api/v1/account', { basic: pair }),
        await request(flooder, 'POST', PASSWORD_GRANT, { basic: pair }),
        await request(flooder, 'POST', grant('client_credentials'), { form }),
        await request(flooder, 'POST', grant('refresh_token'), { basic: pair, json }),
      ];
      expect(outcomes(elsewhere)).toEqual(times(4, '429 42901'));

      // Nobody is harmed by one who knows a key's id, not even in that network.
      for (const client of [flooder, from(bench.service)]) {
        const me = (credential: string) =>
          request(client, 'GET', '/oauth/me', { bearer: credential });
        expect(outcome(await me(key.apiKey))).toBe('200');
        expect(outcome(await attempt(client, key.key, key.secret))).toBe('200');
        expect(outcome(await me(user.bearer))).toBe('200');
      }
      expect(outcome(await refresh(flooder, user.tokens.refresh_token))).toBe('200');
      expect(outcome(await attempt(from(bench.service), user.email, user.password))).toBe('200');
    });

    it('shares the counter of the network with passwords; wrong tokens do not count (S-25, S-28)', async () => {
      const client = from(bench.service);
      await inOrder(55, () => request(client, 'GET', '/oauth/me', { bearer: 'a.b.c' }));
      await inOrder(55, () => refresh(client, 'x'.repeat(128)));
      const wrong = await inOrder(50, () => request(client, 'GET', '/oauth/me', { bearer: 'a.b' }));
      expect(outcomes(wrong)).toEqual(times(50, '401 40105'));
      const { email, password } = bench.owner;
      expect(outcome(await attempt(client, email, password))).toBe('429 42901');
    });
  });
}
