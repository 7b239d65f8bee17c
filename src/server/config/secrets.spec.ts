import { afterAll, describe, expect, it } from '@jest/globals';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveSecrets } from '../../common/crypto/derived-secrets.js';
import { secretFault } from '../../common/crypto/secret-strength.js';
import { readEnv } from './env.js';
import { readPrivateKeys, readSecrets } from './secrets.js';

const root = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What `readSecrets` gives, made into keys. */
const keysOf = (env: Parameters<typeof readSecrets>[0]) => deriveSecrets(readSecrets(env));

let count = 0;
const newDirectory = () => join(root, String(count++), 'data');
const secret = () => randomBytes(48).toString('base64url');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const hex = (keys: readonly Uint8Array[]) => keys.map((key) => Buffer.from(key).toString('hex'));

describe('readSecrets', () => {
  it("generates a secret once, for the owner's eyes only (S-158)", () => {
    const DATA_DIR = newDirectory();
    const first = keysOf(readEnv({ DATA_DIR }));
    const file = join(DATA_DIR, 'gatehouse.secret');
    expect([modeOf(DATA_DIR), modeOf(file)]).toEqual(['700', '600']);
    expect(secretFault(readFileSync(file, 'utf8').trim())).toBeUndefined();
    expect(keysOf(readEnv({ DATA_DIR }))).toEqual(first);
    expect(keysOf(readEnv({ DATA_DIR: newDirectory() }))).not.toEqual(first);
  });

  it('keeps the mode whatever the umask allows (S-158)', () => {
    const before = process.umask(0);
    try {
      const DATA_DIR = newDirectory();
      keysOf(readEnv({ DATA_DIR }));
      readPrivateKeys(readEnv({ DATA_DIR, JWT_ALG: 'ES256' }), 'ES256');
      for (const name of ['gatehouse.secret', 'jwt-es256.pem']) {
        expect(modeOf(join(DATA_DIR, name))).toBe('600');
      }
    } finally {
      process.umask(before);
    }
  });

  it.each(['', '\n', 'short', 'changeme'.repeat(10)])(
    'stops for a broken file %j and does not repeat it (S-154)',
    (content) => {
      const DATA_DIR = mkdtempSync(join(root, 'broken-'));
      writeFileSync(join(DATA_DIR, 'gatehouse.secret'), content);
      expect(() => keysOf(readEnv({ DATA_DIR }))).toThrow(/^DATA_DIR holds a broken/);
      expect(readFileSync(join(DATA_DIR, 'gatehouse.secret'), 'utf8')).toBe(content);
    },
  );

  it('stops in production without a secret, and generates nothing (S-154)', () => {
    const DATA_DIR = newDirectory();
    const production = { NODE_ENV: 'production', ALLOW_SQLITE_IN_PRODUCTION: 'true', DATA_DIR };
    expect(() => keysOf(readEnv(production))).toThrow(/^GATEHOUSE_SECRET is missing/);
    const partly = { ...production, JWT_SECRET: secret(), PASSWORD_PEPPER: secret() };
    expect(() => keysOf(readEnv(partly))).toThrow(/^GATEHOUSE_SECRET is missing/);
    expect(() => readPrivateKeys(readEnv({ ...production, JWT_ALG: 'RS256' }), 'RS256')).toThrow(
      /^JWT_PRIVATE_KEY_FILE is missing/,
    );
    expect(existsSync(DATA_DIR)).toBe(false);
  });

  it('needs no common secret, nor a file, when each use has its own', () => {
    const DATA_DIR = newDirectory();
    const own = { JWT_SECRET: secret(), REFRESH_TOKEN_SECRET: secret(), PASSWORD_PEPPER: secret() };
    const secrets = keysOf(readEnv({ DATA_DIR, ...own }));
    expect([secrets.accessToken, secrets.refreshToken, secrets.passwordPepper]).toEqual([
      [Buffer.from(own.JWT_SECRET)],
      [Buffer.from(own.REFRESH_TOKEN_SECRET)],
      [Buffer.from(own.PASSWORD_PEPPER)],
    ]);
    expect(existsSync(DATA_DIR)).toBe(false);
  });

  it('derives a key of its own for every use (S-201)', () => {
    const GATEHOUSE_SECRET = secret();
    const { accessToken, refreshToken, passwordPepper } = keysOf(readEnv({ GATEHOUSE_SECRET }));
    const keys = hex([...accessToken, ...refreshToken, ...passwordPepper]);
    expect(new Set(keys).size).toBe(3);
    expect(keys.map((key) => key.length)).toEqual([64, 64, 64]);
    expect(keys.some((key) => Buffer.from(key, 'hex').toString().includes(GATEHOUSE_SECRET))).toBe(
      false,
    );
  });

  it('rotates: the new secret makes, the old one still checks (S-75, S-201)', () => {
    const [older, newer, own] = [secret(), secret(), secret()];
    const before = keysOf(readEnv({ GATEHOUSE_SECRET: older }));
    const after = keysOf(readEnv({ GATEHOUSE_SECRET: `${newer},${older}`, JWT_SECRET: own }));
    for (const use of ['accessToken', 'refreshToken', 'passwordPepper'] as const) {
      expect(hex(after[use])[0]).not.toBe(hex(before[use])[0]);
      expect(hex(after[use])).toContain(hex(before[use])[0]);
    }
    expect(after.accessToken[0]).toEqual(Buffer.from(own));
    expect(after.accessToken).toHaveLength(3);
  });
});

describe('readPrivateKeys', () => {
  it.each(['ES256', 'RS256'] as const)('generates a key for %s once (S-68, S-158)', (algorithm) => {
    const DATA_DIR = newDirectory();
    const env = readEnv({ DATA_DIR, JWT_ALG: algorithm });
    const [pem = ''] = readPrivateKeys(env, algorithm);
    expect(readPrivateKeys(env, algorithm)).toEqual([pem]);
    const { asymmetricKeyDetails: details } = createPrivateKey(pem);
    expect(details?.namedCurve ?? details?.modulusLength).toBe(
      algorithm === 'ES256' ? 'prime256v1' : 3072,
    );
    expect(modeOf(join(DATA_DIR, `jwt-${algorithm.toLowerCase()}.pem`))).toBe('600');
  });

  it('reads the files that are named, and stops for one that cannot be read', () => {
    const file = join(root, 'key.pem');
    writeFileSync(file, 'a key');
    expect(readPrivateKeys(readEnv({ JWT_PRIVATE_KEY_FILE: `${file},${file}` }), 'ES256')).toEqual([
      'a key',
      'a key',
    ]);
    const env = readEnv({ JWT_PRIVATE_KEY_FILE: `${file},${root}/none.pem` });
    expect(() => readPrivateKeys(env, 'ES256')).toThrow(/^JWT_PRIVATE_KEY_FILE names a file/);
  });
});
