import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { newSignUp, signUp } from '../support/factories.js';
import { basic, rawExchange, request, type HttpResponse, type Reachable } from '../support/http.js';
import { newOwner, type Member } from '../support/members.js';
import {
  attempt,
  hashing,
  inOrder,
  outcome,
  outcomes,
  PASSWORD_GRANT,
  times,
  WRONG,
  type Bench,
} from './bench.js';
import { from, newAddress } from './networks.js';

type Send = (client: Reachable, email: string) => Promise<HttpResponse>;

const pair = (username: string) => ({ username, password: WRONG });
const whole = (email: string) => ({ grant_type: 'password', ...pair(email) });

/** Each way to send a password to the token endpoint. */
const GRANTS: readonly Send[] = [
  (client, email) => attempt(client, email),
  (client, email) => attempt(client, email.toUpperCase()),
  (client, email) => request(client, 'POST', PASSWORD_GRANT, { json: pair(email) }),
  (client, email) => request(client, 'POST', PASSWORD_GRANT, { form: pair(email) }),
  (client, email) => request(client, 'POST', '/oauth/token', { form: whole(email) }),
];

/** Each check of the current password. */
const CONFIRMATIONS = [
  [
    'PUT',
    '/api/v1/account/user/me/password',
    { current_password: WRONG, new_password: 'four brown bears by a blue lake' },
  ],
  ['DELETE', '/api/v1/account', { password: WRONG }],
  ['POST', '/api/v1/account/owner', { password: WRONG, user_id: randomUUID() }],
] as const;

const SPELLINGS = [
  '//oauth/token',
  '/oauth/token/',
  '/oauth//token',
  '/OAuth/Token',
  '/oauth/%74oken',
  '/./oauth/token',
  '/x/../oauth/token',
];

export function describeFormsOfACheck(bench: Bench): void {
  const confirm = ({ bearer }: Member, index: number) => {
    const [method, path, json] = CONFIRMATIONS[index % CONFIRMATIONS.length] ?? CONFIRMATIONS[0];
    return request(from(bench.service), method, path, { bearer, json });
  };

  describe('of every form of a check', () => {
    it.each(['a known', 'an unknown'])(
      'has one counter for all forms of the grant, at %s address (S-28, S-29)',
      async (kind) => {
        const isKnown = kind === 'a known';
        const email = isKnown
          ? (await signUp(from(bench.service))).email
          : newSignUp().email_address;
        const sendAll = async () => {
          const answers: HttpResponse[] = [];
          for (const send of GRANTS) answers.push(await send(from(bench.service), email));
          return outcomes(answers);
        };
        expect(await sendAll()).toEqual(times(5, '403 40102'));
        expect(await hashing(bench, sendAll)).toEqual([times(5, '429 42901'), 0]);
      },
    );

    it('has the same counter for the current password (S-12, S-28)', async () => {
      const user = await newOwner(bench.usual);
      expect(outcomes(await inOrder(3, (index) => confirm(user, index)))).toEqual(
        times(3, '403 40102'),
      );
      const signIns = await inOrder(2, () => attempt(from(bench.service), user.email));
      expect(outcomes(signIns)).toEqual(times(2, '403 40102'));
      const [refused, runs] = await hashing(bench, () =>
        inOrder(3, (index) => confirm(user, index)),
      );
      expect(outcomes(refused)).toEqual(times(3, '429 42901'));
      for (const { headers } of refused) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(runs).toBe(0);
      const stranger = from(bench.service);
      expect(outcome(await attempt(stranger, user.email, user.password))).toBe('429 42901');
      // From the usual network the owner's confirmation is taken.
      const json = { current_password: user.password, new_password: 'four brown bears by a lake' };
      const { bearer } = user;
      const changed = await request(bench.usual, 'PUT', CONFIRMATIONS[0][1], { bearer, json });
      expect(outcome(changed)).toBe('204');
    });

    it('starts again after a confirmation as after a sign-in (S-12, S-31)', async () => {
      const { email, password, bearer } = await newOwner(bench.usual);
      await inOrder(4, () => attempt(from(bench.service), email));
      const json = { current_password: password, new_password: password };
      const right = await request(from(bench.service), 'PUT', CONFIRMATIONS[0][1], {
        bearer,
        json,
      });
      // The password is right, and the new one is the same.
      expect(outcome(right)).toBe('400 40001');
      const answers = await inOrder(6, () => attempt(from(bench.service), email));
      expect(outcomes(answers)).toEqual([...times(5, '403 40102'), '429 42901']);
    });

    it('has no way around it by the spelling of the path or the method (S-28)', async () => {
      const { email } = await signUp(from(bench.service));
      const [statuses, runs] = await hashing(bench, async () => {
        const seen: number[] = [];
        for (const path of SPELLINGS) {
          for (const method of ['POST', 'HEAD', 'GET', 'PUT']) {
            const credentials = { basic: [email, WRONG] } as const;
            const target = `${path}?grant_type=password`;
            seen.push((await request(from(bench.service), method, target, credentials)).status);
          }
        }
        return seen;
      });
      for (const status of statuses) expect(status).toBeGreaterThanOrEqual(400);
      // Those that a route took were checked, and so they were counted.
      const rest = await inOrder(6, () => attempt(from(bench.service), email));
      expect(outcomes(rest).filter((each) => each === '403 40102')).toHaveLength(5 - runs);
    });

    it('has the same counter for a target in absolute form (S-28)', async () => {
      const { email } = await signUp(from(bench.service));
      await inOrder(5, () => attempt(from(bench.service), email));
      const { host } = new URL(bench.service.url);
      const head = [
        `POST https://${host}${PASSWORD_GRANT} HTTP/1.1`,
        `Host: ${host}`,
        `X-Forwarded-For: ${newAddress()}`,
        'X-Forwarded-Proto: https',
        `Authorization: ${basic(email, WRONG)}`,
        'Content-Length: 0',
        'Connection: close',
      ];
      const raw = await rawExchange(bench.service, `${head.join('\r\n')}\r\n\r\n`);
      expect(raw).toMatch(/^HTTP\/1\.1 429 /);
    });
  });
}
