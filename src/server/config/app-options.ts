import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { asymmetricSigningKey } from '../../auth/access-tokens/signing-keys.js';
import { messageOf } from '../../common/errors/message-of.js';
import { nested, type Nested, type Setting, type ValueOf } from '../../common/settings/setting.js';
import { SETTINGS } from '../../common/settings/settings.js';
import type { GatehouseModuleOptions } from '../../gatehouse-options.js';
import type { DatabaseOptions } from '../database/database-options.js';
import { keptLetters, type KeptLetters } from '../dev-outbox/kept-letters.js';
import { EnvError, type Env } from './env.js';
import { readPrivateKeys, readSecrets } from './secrets.js';

/**
 * The options of the standalone application, as the environment has them; also those of its commands, which otherwise
 * would refuse settings that need mail.
 *
 * @param letters the mail of development
 */
export function appOptions(
  env: Env,
  letters: KeptLetters | undefined = keptLetters(env),
): GatehouseModuleOptions {
  const secrets = readSecrets(env);
  const { accessToken, session, password, transport, mail, ...options } = plainOptions(env);
  return {
    ...options,
    secret: secrets.root,
    accessToken: {
      ...accessToken,
      secret: secrets.accessToken,
      algorithm: env.JWT_ALG,
      privateKeys: privateKeys(env),
    },
    session: { ...session, secret: secrets.refreshToken },
    password: { ...password, pepper: secrets.passwordPepper },
    // The outbox of development passes its letters on.
    ...(letters ? { mailer: letters, mail: { from: mail.from } } : { mail }),
    // The gate has seen to it before any guard runs.
    transport: { ...transport, https: 'unchecked' },
    explainsRefusals: !env.isProduction,
    routes: { health: true, signUp: env.SIGN_UP === 'on' },
  };
}

type Plain = typeof SETTINGS;
type PlainOptions = Nested<{
  readonly [P in keyof Plain as Plain[P] extends { variable: string } ? P : never]: ValueOf<
    Plain[P]
  >;
}>;

/** The options that a variable sets as it is. */
function plainOptions(env: Env): PlainOptions {
  const rows = Object.entries<Setting>(SETTINGS);
  const values = rows.flatMap(([path, { variable }]) =>
    variable === undefined ? [] : [[path, env[variable as keyof Env]]],
  );
  return nested(Object.fromEntries(values)) as PlainOptions;
}

export function databaseOptions(env: Env): DatabaseOptions {
  return {
    url: env.DATABASE_URL,
    tls: env.DATABASE_TLS,
    caFile: env.DATABASE_CA_FILE,
    waitSeconds: env.DATABASE_WAIT,
  };
}

/**
 * Certificate and key of the service's own TLS; `undefined` behind a proxy or on a laptop.
 *
 * @throws EnvError when one is unreadable or they do not belong together
 */
export function tlsFiles(env: Env): { cert: Buffer; key: Buffer } | undefined {
  if (env.TLS_CERT_FILE === undefined || env.TLS_KEY_FILE === undefined) return undefined;
  const cert = readPem('TLS_CERT_FILE', env.TLS_CERT_FILE, (pem) => ({ cert: pem }));
  const key = readPem('TLS_KEY_FILE', env.TLS_KEY_FILE, (pem) => ({ cert, key: pem }));
  return { cert, key };
}

function readPem(
  name: 'TLS_CERT_FILE' | 'TLS_KEY_FILE',
  file: string,
  contextWith: (pem: Buffer) => SecureContextOptions,
): Buffer {
  try {
    const pem = readFileSync(file);
    createSecureContext(contextWith(pem));
    return pem;
  } catch {
    const content = name === 'TLS_CERT_FILE' ? 'certificate' : 'private key of the certificate';
    throw new EnvError(name, `names a file that holds no readable ${content}`);
  }
}

/** @throws EnvError for a key that does not fit the algorithm */
function privateKeys(env: Env): readonly string[] {
  const algorithm = env.JWT_ALG;
  if (algorithm === 'HS256') return [];
  return readPrivateKeys(env, algorithm).map((pem) => {
    try {
      asymmetricSigningKey(pem, algorithm);
      return pem;
    } catch (error) {
      const reason = messageOf(error, 'unreadable');
      const name = env.JWT_PRIVATE_KEY_FILE === undefined ? 'DATA_DIR' : 'JWT_PRIVATE_KEY_FILE';
      throw new EnvError(name, `holds a key that does not fit JWT_ALG: ${reason}`);
    }
  });
}
