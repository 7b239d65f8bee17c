import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawSecrets } from '../../common/crypto/derived-secrets.js';
import { newSecret, secretFault } from '../../common/crypto/secret-strength.js';
import { messageOf } from '../../common/errors/message-of.js';
import { EnvError, type Env } from './env.js';
import { makePrivateFolder, readTextFile } from './files.js';

/** Where the common secret is kept outside production. */
export const SECRET_FILE = 'gatehouse.secret';
const KEY_FILES = { ES256: 'jwt-es256.pem', RS256: 'jwt-rs256.pem' } as const;

/** @throws EnvError in production without a secret (S-154) */
export function readSecrets(env: Env): RawSecrets {
  return {
    root: env.GATEHOUSE_SECRET ?? rootSecrets(env),
    accessToken: env.JWT_SECRET ?? [],
    refreshToken: env.REFRESH_TOKEN_SECRET ?? [],
    passwordPepper: env.PASSWORD_PEPPER ?? [],
  };
}

/** Private keys in PEM for ES256 or RS256, the first one to sign with. */
export function readPrivateKeys(env: Env, algorithm: 'ES256' | 'RS256'): string[] {
  if (env.JWT_PRIVATE_KEY_FILE) {
    return env.JWT_PRIVATE_KEY_FILE.map((file) => {
      try {
        return readTextFile(file);
      } catch (error) {
        throw new EnvError('JWT_PRIVATE_KEY_FILE', `names a file that ${messageOf(error)}`);
      }
    });
  }
  if (env.isProduction)
    throw new EnvError('JWT_PRIVATE_KEY_FILE', `is missing beside ${algorithm}`);
  return [keptInDataDir(env, KEY_FILES[algorithm], () => generatePrivateKey(algorithm))];
}

function rootSecrets(env: Env): readonly string[] {
  const { JWT_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER } = env;
  if (JWT_SECRET && REFRESH_TOKEN_SECRET && PASSWORD_PEPPER) return [];
  if (env.isProduction) throw new EnvError('GATEHOUSE_SECRET', 'is missing');
  const secret = keptInDataDir(env, SECRET_FILE, newSecret);
  if (secretFault(secret) !== undefined) {
    throw new EnvError('DATA_DIR', `holds a broken ${SECRET_FILE}: put the right one back`);
  }
  return [secret];
}

/** Generated once, kept for the owner's eyes only (S-158); of two processes that start at once one writes. */
function keptInDataDir({ DATA_DIR }: Env, name: string, generate: () => string): string {
  const file = join(DATA_DIR, name);
  try {
    makePrivateFolder(DATA_DIR);
    if (!existsSync(file)) writeFirst(file, generate());
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = `it must be a folder in which this user can create ${name}`;
    throw new EnvError('DATA_DIR', `cannot be used (${code}): ${remedy}`);
  }
}

function writeFirst(file: string, content: string): void {
  try {
    writeFileSync(file, `${content}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function generatePrivateKey(algorithm: 'ES256' | 'RS256'): string {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 3072 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
