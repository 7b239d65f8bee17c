import { describe, expect, it } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import {
  asymmetricToken,
  goodClaims,
  goodHeader,
  hmacToken,
  newKey,
  SECRET,
  signingInput,
  TokenBench,
} from '../../../test/support/access-tokens.js';
import { asymmetricSigningKey, hmacSigningKey } from './signing-keys.js';

const ecPem = newKey.ec();
const rsaPem = newKey.rsa();
const ec = asymmetricSigningKey(ecPem, 'ES256');
const rsa = asymmetricSigningKey(rsaPem, 'RS256');

describe('bearer strategy: algorithm and key', () => {
  it('accepts tokens that the service issued, with each algorithm', async () => {
    for (const key of [hmacSigningKey(SECRET), ec, rsa]) {
      const bench = new TokenBench([key]);
      const { exp: _exp, iat: _iat, iss: _iss, aud: _aud, jti: _jti, ...subject } = goodClaims();
      const { token } = bench.tokens.issue(
        subject as unknown as Parameters<typeof bench.tokens.issue>[0],
        bench.clock.time + 86_400_000,
      );
      expect(await bench.judge(token)).toMatchObject({ id: 'user-1', sessionId: 'session-1' });
    }
  });

  it('accepts a token that the test signs with the right key', async () => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge())).toMatchObject({ id: 'user-1' });
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'hs256', 'HS256 ', null, 0, ['HS256'], undefined])(
    'refuses alg %j, signed and unsigned (S-65)',
    async (alg) => {
      const bench = new TokenBench();
      const header = { ...goodHeader(bench.key), alg };
      const input = signingInput(header, goodClaims());
      expect(await bench.judge(`${input}.`)).toBe(40103);
      expect(await bench.judge(hmacToken(header, goodClaims()))).toBe(40103);
      expect(bench.lookUps).toEqual([]);
    },
  );

  it.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ])('refuses %s with the very secret of HS256 (S-65)', async (alg, hash) => {
    const bench = new TokenBench();
    const header = { ...goodHeader(bench.key), alg };
    expect(await bench.judge(hmacToken(header, goodClaims(), { hash }))).toBe(40103);
    // The header names HS256, but the signature uses the larger hash.
    expect(await bench.judge(hmacToken(goodHeader(bench.key), goodClaims(), { hash }))).toBe(40103);
  });

  it('refuses an algorithm of another family even when the key is known (S-65)', async () => {
    const bench = new TokenBench([rsa, ec]);
    const asEc = asymmetricToken({ ...goodHeader(rsa), alg: 'ES256' }, goodClaims(), ecPem);
    const asRsa = asymmetricToken({ ...goodHeader(ec), alg: 'RS256' }, goodClaims(), rsaPem);
    expect(await bench.judge(asEc)).toBe(40103);
    expect(await bench.judge(asRsa)).toBe(40103);
  });

  it.each(['PS256', 'RS384', 'RS512', 'ES384', 'EdDSA'])(
    'refuses %s where RS256 is configured (S-65)',
    async (alg) => {
      const bench = new TokenBench([rsa]);
      const token = asymmetricToken({ ...goodHeader(rsa), alg }, goodClaims(), rsaPem);
      expect(await bench.judge(token)).toBe(40103);
    },
  );

  const publicForms = [
    ['RSA', rsa, rsaPem],
    ['EC', ec, ecPem],
  ] as const;
  it.each(publicForms)(
    'never uses an %s public key as an HMAC secret (S-66)',
    async (_, key, pem) => {
      const bench = new TokenBench([key]);
      const publicKey = createPublicKey(pem);
      const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const secrets = [
        spki,
        spki.trim(),
        `${spki}\n`,
        ` ${spki}`,
        `\t\n${spki}`,
        spki.replaceAll('\n', '\r\n'),
        spki.replaceAll('\n', ''),
        spki.replaceAll(/-----[^-]+-----|\n/g, ''),
        publicKey.export({ type: 'spki', format: 'der' }),
        JSON.stringify(publicKey.export({ format: 'jwk' })),
      ];
      for (const secret of secrets) {
        const header = goodHeader(key);
        expect(
          await bench.judge(hmacToken({ ...header, alg: 'HS256' }, goodClaims(), { secret })),
        ).toBe(40103);
        expect(await bench.judge(hmacToken(header, goodClaims(), { secret }))).toBe(40103);
      }
      expect(bench.lookUps).toEqual([]);
    },
  );

  it('keeps secrets and public keys apart by type (S-66)', () => {
    expect(hmacSigningKey(SECRET).verifyWith.type).toBe('secret');
    expect([ec.verifyWith.type, rsa.verifyWith.type]).toEqual(['public', 'public']);
    expect([ec.signWith.type, rsa.signWith.type]).toEqual(['private', 'private']);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['unknown', 'no-such-key'],
    ['null', null],
    ['a number', 0],
    ['a list', [hmacSigningKey(SECRET).id]],
    ['an object', { toString: hmacSigningKey(SECRET).id }],
    ['a prototype member', '__proto__'],
    ['an inherited member', 'constructor'],
    ['SQL', "' OR 1=1 --"],
    ['a path', '../../dev/null'],
    ['a URL', 'https://attacker.example.com/key'],
    ['the right one in upper case', hmacSigningKey(SECRET).id.toUpperCase()],
    ['the right one with a space', `${hmacSigningKey(SECRET).id} `],
    ['the beginning of the right one', hmacSigningKey(SECRET).id.slice(0, 8)],
  ])('refuses a kid that is %s (S-67)', async (_, kid) => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge({}, { kid }))).toBe(40103);
    expect(bench.lookUps).toEqual([]);
  });

  it.each([
    ['jku', 'https://attacker.example.com/jwks.json'],
    ['jwk', { kty: 'oct', k: 'AAAA' }],
    ['x5u', 'https://attacker.example.com/cert'],
    ['x5c', ['AAAA']],
    ['crit', ['exp']],
    ['crit', ['b64']],
    ['crit', []],
    ['crit', null],
  ])('never follows %s %j in the header: the token is refused (S-67)', async (name, value) => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge({}, { [name]: value }))).toBe(40103);
  });

  it.each([
    'JWT',
    'jwt',
    'at+jwt ',
    'AT+JWT',
    'application/at+jwt',
    'invitation+jwt',
    'reset+jwt',
    '',
    null,
    undefined,
  ])('refuses the header type %j: other signed tokens never pass (S-70)', async (typ) => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge({}, { typ }))).toBe(40103);
  });

  it('refuses a token for another audience or signed by another key (S-70)', async () => {
    const bench = new TokenBench();
    expect(await bench.judge(bench.forge({ aud: 'gatehouse/invitation' }))).toBe(40103);
    const other = hmacToken(goodHeader(bench.key), goodClaims(), { secret: Buffer.alloc(32, 8) });
    expect(await bench.judge(other)).toBe(40103);
  });
});
