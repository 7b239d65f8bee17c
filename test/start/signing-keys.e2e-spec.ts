import { describe, expect, it } from '@jest/globals';
import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  verify,
  type JsonWebKey,
} from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { createTestDatabase } from '../support/database.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp } from '../support/factories.js';
import { request, type Reachable } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { sharedService } from '../support/shared-service.js';

interface PublishedKey extends JsonWebKey {
  readonly kid: string;
  readonly alg: string;
}

function keyFile(algorithm: 'ES256' | 'RS256'): string {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(temporaryDirectory('key'), 'key.pem');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return file;
}

async function jwks(service: Reachable): Promise<PublishedKey[]> {
  const { headers, body } = await request(service, 'GET', '/.well-known/jwks.json');
  // Verifiers may keep the keys for some minutes (contract §4).
  expect(headers.get('cache-control')).toBe('public, max-age=300');
  return body.keys;
}

const me = (service: TestService, bearer: string) =>
  request(service, 'GET', '/oauth/me', { bearer });

const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

function isSignedBy(key: PublishedKey, token: string): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const publicKey = createPublicKey({ key, format: 'jwk' });
  return verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
}

/** Expects the key of this token, and no other, without its private part. */
async function expectPublished(
  service: TestService,
  algorithm: 'ES256' | 'RS256',
  access_token: string,
): Promise<void> {
  const [key, ...others] = await jwks(service);
  expect(others).toEqual([]);
  const members = algorithm === 'ES256' ? ['crv', 'x', 'y'] : ['e', 'n'];
  expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'kid', 'kty', 'use', ...members].sort());
  const [header] = access_token.split('.');
  expect(decode(header)).toMatchObject({ alg: algorithm, kid: key?.kid });
  expect(key && isSignedBy(key, access_token)).toBe(true);
  expect((await me(service, access_token)).status).toBe(200);

  // The published key, used as an HMAC secret (S-66).
  const [, payload] = access_token.split('.');
  const pem = createPublicKey({ key: key ?? {}, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
  const forgedHeader = { ...decode(header), alg: 'HS256' };
  const forged = `${Buffer.from(JSON.stringify(forgedHeader)).toString('base64url')}.${payload}`;
  for (const secret of [pem, pem.trim()]) {
    const signature = createHmac('sha256', secret).update(forged).digest('base64url');
    expectRefusal(await me(service, `${forged}.${signature}`), 401, 40103);
  }
}

describe('GET /.well-known/jwks.json', () => {
  it('publishes the public key that tokens are signed with, and nothing private: RS256 (S-76)', async () => {
    const env = { JWT_ALG: 'RS256', JWT_PRIVATE_KEY_FILE: keyFile('RS256') };
    const service = await startService({ env });
    const { access_token } = await signIn(service, await signUp(service));
    await expectPublished(service, 'RS256', access_token);
    await service.stop();
  });

  it('publishes nothing with HS256 (S-76)', async () => {
    expect(await jwks(await sharedService())).toEqual([]);
  });
});

describe('rotation of signing keys', () => {
  it('accepts tokens of the former key, which is published until then, until the key is removed: ES256 (S-75, S-76)', async () => {
    const database = await createTestDatabase('sqlite');
    const secret = randomBytes(48).toString('base64url');
    const [former, current] = [keyFile('ES256'), keyFile('ES256')];
    const start = (...files: string[]) =>
      startService({
        database,
        env: {
          JWT_ALG: 'ES256',
          JWT_PRIVATE_KEY_FILE: files.join(','),
          GATEHOUSE_SECRET: secret,
          MAX_SESSIONS: '2',
        },
      });

    const before = await start(former);
    const user = await signUp(before);
    const old = (await signIn(before, user)).access_token;
    await expectPublished(before, 'ES256', old);
    await before.stop();

    const during = await start(current, former);
    expect((await me(during, old)).status).toBe(200);
    const fresh = (await signIn(during, user)).access_token;
    const kids = (await jwks(during)).map(({ kid }) => kid);
    expect(kids).toEqual([decode(fresh.split('.')[0]).kid, decode(old.split('.')[0]).kid]);
    await during.stop();

    const after = await start(current);
    expectRefusal(await me(after, old), 401, 40103);
    expect((await me(after, fresh)).status).toBe(200);
    await after.stop();
  });
});
