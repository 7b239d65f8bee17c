import { beforeAll, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { rawExchange, request, type RequestOptions } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';

/** A reproducible random generator: every run has the same requests, so that a failure can be repeated. */
class Dice {
  private rolls = 0;

  constructor(private readonly seed: string) {}

  below(limit: number): number {
    const digest = createHash('sha256').update(`${this.seed} ${this.rolls++}`).digest();
    return digest.readUInt32BE() % limit;
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

const PATHS = [
  '/oauth/token',
  '/oauth/token?grant_type=password',
  '/oauth/token?grant_type=refresh_token',
  '/oauth/revoke',
  '/oauth/me',
  '/oauth/validate',
  '/api/v1/account',
  '/health',
  '/docs',
  '/nowhere',
];
const METHODS = ['GET', 'HEAD', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
const TYPES = [
  'application/json',
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/json; charset=x',
  ';',
  undefined,
];
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  'true',
  '1e999',
  '-0',
  '"a"',
  '"grant_type"',
  '"password"',
  '"refresh_token"',
  '"email_address"',
  '"__proto__"',
  '\\u0000',
  '\\ud800',
  '\0',
  '\u00ff',
  '%',
  '=',
  '&',
  '%00',
  'é',
  '🚪',
  'a'.repeat(300),
];

function bodyOf(dice: Dice): string {
  if (dice.below(3) > 0) {
    return Array.from({ length: dice.below(12) }, () => dice.oneOf(PIECES)).join('');
  }
  const members: [string, unknown][] = Object.entries(newSignUp());
  const index = dice.below(members.length);
  members[index] = [members[index]?.[0] ?? '', dice.oneOf([null, 0, '', [], {}, '\0', 1e9])];
  return JSON.stringify(Object.fromEntries(members));
}

/** Duration of a refused sign-up, in ms. */
async function timeOf(service: TestService, email_address: string): Promise<number> {
  const json = { ...newSignUp(), email_address };
  const start = performance.now();
  const { status } = await request(service, 'POST', '/api/v1/account', { json });
  expect(status).toBe(400);
  return performance.now() - start;
}

describeTargets(
  'random requests',
  (target) => {
    let service: TestService;
    let user: TestUser;
    let tokens: Tokens;
    beforeAll(async () => {
      service = await startService({ target, env: { SWAGGER_UI: 'true' } });
      user = await signUp(service);
      tokens = await signIn(service, user);
    });

    function optionsOf(dice: Dice): RequestOptions {
      const authorization = dice.oneOf([
        undefined,
        `Bearer ${tokens.access_token}`,
        `Bearer ${tokens.access_token.slice(0, dice.below(400))}`,
        `Bearer ${tokens.refresh_token}`,
        'Basic Og==',
        `Basic ${Buffer.from([dice.below(256), 58, dice.below(256)]).toString('base64')}`,
        'Basic',
        '\u00ff\u00fe',
      ]);
      return {
        body: bodyOf(dice),
        headers: { 'content-type': dice.oneOf(TYPES), authorization },
      };
    }

    it('neither end the process nor get a 5xx (S-145)', async () => {
      const { pid } = service;
      for (let round = 0; round < 400; round++) {
        const dice = new Dice(`round ${round}`);
        const method = dice.oneOf(METHODS);
        const path = dice.oneOf(PATHS);
        const response = await request(service, method, path, optionsOf(dice));
        const facts = { round, method, path, status: response.status, text: response.text };
        if (response.status >= 500) throw new Error(JSON.stringify(facts));
      }
      expect(service.pid).toBe(pid);
      expect((await request(service, 'GET', '/health')).status).toBe(200);
    });

    it('do no harm as random bytes (S-145)', async () => {
      const { pid } = service;
      const whole = `POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"grant_type":"x"}  `;
      const exchanges = Array.from({ length: 60 }, (_, round) => {
        const dice = new Dice(`bytes ${round}`);
        const bytes = Buffer.from(whole, 'latin1');
        for (let change = 0; change < 3; change++) {
          bytes[dice.below(bytes.length)] = dice.below(256);
        }
        return rawExchange(service, bytes, { quietMs: 100, timeoutMs: 1_500 }).catch(() => '');
      });
      for (const answer of await Promise.all(exchanges)) {
        expect(answer).not.toMatch(/^HTTP\/1\.1 5/m);
      }
      expect(service.pid).toBe(pid);
      expect((await request(service, 'GET', '/health')).status).toBe(200);
      expect(service.output()).not.toMatch(/50001|\[Process\]/);
    });

    it.each([
      ['one long label', `a@${'b'.repeat(60_000)}.com`],
      ['very many labels', `a@${'b.'.repeat(30_000)}com`],
      ['very many dots before the at sign', `${'a.'.repeat(30_000)}@b.com`],
      ['very many at signs', '@'.repeat(60_000)],
      ['an open quote', `"${'\\"'.repeat(14_000)}@b.com`],
      ['spaces', `a@${' '.repeat(60_000)}b.com`],
      ['an address literal', `a@[${'1:'.repeat(30_000)}]`],
      ['hyphens', `a@${'-'.repeat(60_000)}`],
    ])('cost no more time with a hostile address: %s (S-140)', async (_, email_address) => {
      // Both have the same size, so that parsing the body takes the same time.
      const normal: number[] = [];
      const hostile: number[] = [];
      // Measured alternately, and the quickest of each: other load of the machine affects both.
      for (let round = 0; round < 7; round++) {
        normal.push(await timeOf(service, `${'a'.repeat(60_000)}b`));
        hostile.push(await timeOf(service, email_address));
      }
      expect(Math.min(...hostile)).toBeLessThan(Math.max(...normal) * 3 + 50);
    });
  },
  { databases: ['sqlite'] },
);
