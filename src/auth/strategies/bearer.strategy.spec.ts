import { describe, expect, it } from '@jest/globals';
import {
  asymmetricToken,
  goodClaims,
  goodHeader,
  hmacToken,
  liveSession,
  newKey,
  NOW,
  SECRET,
  signingInput,
  TokenBench,
} from '../../../test/support/access-tokens.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { asymmetricSigningKey, hmacSigningKey } from '../access-tokens/signing-keys.js';

describe('bearer strategy: malformed tokens', () => {
  const bench = new TokenBench();
  const good = bench.forge();
  const [head = '', body = '', signature = ''] = good.split('.');

  it.each([
    ['one part', head, 40103],
    ['a key and its secret', 'key.secret', 40105],
    ['header and payload only', `${head}.${body}`, 40105],
    ['no signature', `${head}.${body}.`, 40103],
    ['no payload', `${head}..${signature}`, 40103],
    ['no header', `.${body}.${signature}`, 40103],
    ['dots', '...', 40103],
    ['four parts', `${good}.${signature}`, 40103],
    ['five parts, as JWE has', `${head}.${body}.${signature}.${head}.${body}`, 40103],
    ['padding', `${good}=`, 40103],
    ['a cut signature', good.slice(0, -1), 40103],
    ['a longer signature', `${good}A`, 40103],
    ['base64 in place of base64url', `${head}.${body}.++//${signature}`, 40103],
    ['parts in another order', `${body}.${head}.${signature}`, 40103],
    ['a header that is no JSON', `e30x.${body}.${signature}`, 40103],
    ['a header that is null', hmacToken('null', goodClaims()), 40103],
    ['a header that is a list', hmacToken('[]', goodClaims()), 40103],
    ['a header that is empty', hmacToken('', goodClaims()), 40103],
    ['a header that is cut', hmacToken('{"alg":"HS256"', goodClaims()), 40103],
    [
      '100 KB of payload',
      hmacToken(
        goodHeader(bench.key),
        { ...goodClaims(), pad: 'x'.repeat(1e5) },
        { secret: 'wrong' },
      ),
      40103,
    ],
    ['100 KB of dots', '.'.repeat(1e5), 40103],
    ['100 KB of header', `${'A'.repeat(1e5)}.${body}.${signature}`, 40103],
    ['deep nesting', hmacToken('['.repeat(5e4), goodClaims()), 40103],
  ])('refuses %s (S-78)', async (_, token, code) => {
    expect(await bench.judge(token)).toBe(code);
  });

  it('refuses every token with one flipped character of the signature (S-78)', async () => {
    for (let index = 0; index < signature.length; index++) {
      const other = signature[index] === 'A' ? 'B' : 'A';
      const changed = signature.slice(0, index) + other + signature.slice(index + 1);
      expect(await bench.judge(`${head}.${body}.${changed}`)).toBe(40103);
    }
  });

  it('refuses a signature whose unused last bits were changed, with every algorithm (S-78)', async () => {
    const pem = newKey.ec();
    const key = asymmetricSigningKey(pem, 'ES256');
    const ecBench = new TokenBench([key]);
    const token = asymmetricToken(goodHeader(key), goodClaims(), pem);
    expect(await ecBench.judge(token)).toMatchObject({ id: 'user-1' });
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const last of alphabet.replace(token.slice(-1), '')) {
      expect(await ecBench.judge(token.slice(0, -1) + last)).toBe(40103);
    }
  });

  it.each([
    ['id', '"id":"user-2",'],
    ['sid', '"sid":"session-2",'],
    ['scope', '"scope":["owner"],'],
    ['exp', '"exp":1,'],
    ['id, written as an escape', String.raw`"\u0069d":"user-2",`],
  ])('refuses a second %s, even under our own signature (S-78)', async (_, member) => {
    const payload = JSON.stringify(goodClaims()).replace('{', `{${member}`);
    expect(await bench.judge(hmacToken(goodHeader(bench.key), payload))).toBe(40103);
  });

  it('refuses a payload with unnecessary white space or escapes (S-78)', async () => {
    const text = JSON.stringify(goodClaims());
    for (const payload of [
      ` ${text}`,
      `${text}\n`,
      text.replace('user-1', String.raw`user\u002d1`),
    ]) {
      expect(await bench.judge(hmacToken(goodHeader(bench.key), payload))).toBe(40103);
    }
  });

  it.each(['', 'Bearer', 'Bearer ', 'Bearer a b', 'Basic YUB4OnA=', 'Token abc'])(
    'refuses the header %j (S-36)',
    async (authorization) => {
      expect(await bench.judgeHeader(authorization)).toBe(40103);
    },
  );
});

const SECONDS = NOW / 1000;

const made = (byte: number) =>
  hmacToken(goodHeader(hmacSigningKey(Buffer.alloc(32, byte))), goodClaims(), {
    secret: Buffer.alloc(32, byte),
  });

describe('bearer strategy: keys', () => {
  const secrets = [1, 2, 3].map((byte) => hmacSigningKey(Buffer.alloc(32, byte)));
  const [first, second, third] = secrets as [
    (typeof secrets)[0],
    (typeof secrets)[0],
    (typeof secrets)[0],
  ];

  it('checks with every key and signs with the first; a removed key ends its tokens (S-75)', async () => {
    const bench = new TokenBench([first, second]);
    expect(await bench.judge(made(1))).toMatchObject({ id: 'user-1' });
    expect(await bench.judge(made(2))).toMatchObject({ id: 'user-1' });
    expect(await bench.judge(made(3))).toBe(40103);

    const rotated = new TokenBench([third, first]);
    expect(await rotated.judge(made(1))).toMatchObject({ id: 'user-1' });
    expect(await rotated.judge(made(2))).toBe(40103);
    const subject = goodClaims() as unknown as Parameters<typeof rotated.tokens.issue>[0];
    const { token } = rotated.tokens.issue(subject, NOW + 86_400_000);
    const header = JSON.parse(
      Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(),
    ) as object;
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: third.id });
  });

  it('refuses the kid of one active key with the signature of another (S-75)', async () => {
    const bench = new TokenBench([first, second]);
    const crossed = hmacToken(goodHeader(first), goodClaims(), { secret: Buffer.alloc(32, 2) });
    expect(await bench.judge(crossed)).toBe(40103);
  });

  it('does not start without a key (S-68)', () => {
    expect(() => new TokenBench([]).tokens).toThrow(/signing key/);
  });
});

describe('bearer strategy: the session behind the token', () => {
  it('verifies a token anew at every call: nothing is cached (S-77)', async () => {
    const bench = new TokenBench();
    const token = bench.forge();
    const alive = liveSession();
    expect(await bench.judge(token)).toMatchObject({ id: 'user-1' });
    bench.session = { ...alive, session: { ...alive.session, revokedAt: NOW } };
    expect(await bench.judge(token)).toBe(40103);
    bench.session = undefined;
    expect(await bench.judge(token)).toBe(40103);
    bench.session = alive;
    expect(await bench.judge(token)).toMatchObject({ id: 'user-1' });
    bench.clock.time = NOW + 900_000;
    expect(await bench.judge(token)).toBe(40104);
    expect(bench.lookUps).toEqual(['session-1', 'session-1', 'session-1', 'session-1']);
  });

  it('refuses a token at the very end of its session (S-47, S-79)', async () => {
    const bench = new TokenBench();
    const alive = liveSession();
    bench.session = { ...alive, session: { ...alive.session, expiresAt: NOW + 1 } };
    expect(await bench.judge(bench.forge())).toMatchObject({ id: 'user-1' });
    bench.session = { ...alive, session: { ...alive.session, expiresAt: NOW } };
    expect(await bench.judge(bench.forge())).toBe(40103);
  });

  it('gives the end of token, session or key, whichever comes first (S-71)', async () => {
    const bench = new TokenBench();
    const alive = liveSession();
    const endOf = async (session: number, endsAt: number | null) => {
      const identity = { ...alive.identity, endsAt };
      bench.session = { ...alive, identity, session: { ...alive.session, expiresAt: session } };
      const principal = await bench.judge(bench.forge());
      return typeof principal === 'object' && principal.expiresAt;
    };
    expect(await endOf(NOW + 86_400_000, null)).toBe(NOW + 900_000);
    expect(await endOf(NOW + 10_000, null)).toBe(NOW + 10_000);
    expect(await endOf(NOW + 86_400_000, NOW + 5_000)).toBe(NOW + 5_000);
  });

  it('refuses an expired token at sign-out when anything else is wrong with it (contract §5)', async () => {
    const bench = new TokenBench();
    const alive = liveSession();
    const atSignOut = (token: string) =>
      bench.judgeHeader(`Bearer ${token}`, { acceptsExpired: true });
    const expired = { exp: SECONDS - 600, iat: SECONDS - 1500 };
    const good = bench.forge(expired);
    expect(await bench.judge(good)).toBe(40104);
    expect(await atSignOut(good)).toMatchObject({ expiresAt: NOW - 600_000 });
    for (const claims of [
      { iss: 'x' },
      { aud: 'x' },
      { id: 'user-2' },
      { type: 'api_key' },
      { account_id: 'account-2' },
      { iat: SECONDS + 31 },
      { nbf: SECONDS + 31 },
      { sid: undefined },
    ]) {
      const code = await atSignOut(bench.forge({ ...expired, ...claims }));
      expect([claims, code]).toEqual([claims, 40103]);
    }
    expect(await atSignOut(bench.forge(expired, { typ: 'JWT' }))).toBe(40103);
    expect(await atSignOut(`${good.slice(0, -4)}AAAA`)).toBe(40103);
    bench.session = { ...alive, session: { ...alive.session, revokedAt: NOW } };
    expect(await atSignOut(good)).toBe(40103);
    bench.session = { ...alive, session: { ...alive.session, expiresAt: NOW } };
    expect(await atSignOut(good)).toBe(40103);
    bench.session = undefined;
    expect(await atSignOut(good)).toBe(40103);
  });

  it('reads no session for a token that is invalid by itself', async () => {
    const bench = new TokenBench();
    await bench.judge(hmacToken(goodHeader(bench.key), goodClaims(), { secret: 'wrong' }));
    await bench.judge(`${signingInput(goodHeader(bench.key), goodClaims())}.`);
    await bench.judge(bench.forge({ exp: 1 }));
    expect(bench.lookUps).toEqual([]);
  });

  it('passes on the error of a failed look-up, and never succeeds (S-144, S-178)', async () => {
    const bench = new TokenBench([hmacSigningKey(SECRET)]);
    Object.defineProperty(bench, 'session', {
      get: () => {
        throw new CodedException(ERROR.UNAVAILABLE);
      },
    });
    expect(await bench.judge(bench.forge())).toBe(50301);
  });
});
