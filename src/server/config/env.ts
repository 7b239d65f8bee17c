import { findSharedSecret } from '../../common/crypto/secret-strength.js';
import { messageOf } from '../../common/errors/message-of.js';
import { StartError } from '../../common/errors/start.error.js';
import type { Setting, ValueOf } from '../../common/settings/setting.js';
import { contradictsUrl } from '../database/database-tls.js';
import { parseDatabaseUrl } from './database-url.js';
import { loadEnvFile } from './env-file.js';
import { ENV_GROUPS } from './env-settings.js';
import { readTextFile } from './files.js';

type Groups = typeof ENV_GROUPS;
export type VariableName = { [G in keyof Groups]: keyof Groups[G] }[keyof Groups];
type RowOf<V> = {
  [G in keyof Groups]: V extends keyof Groups[G] ? Groups[G][V] : never;
}[keyof Groups];
type Values = { readonly [V in VariableName]: ValueOf<RowOf<V>> };

const ROWS: Readonly<Record<VariableName, Setting>> = Object.assign(
  {},
  ...Object.values(ENV_GROUPS),
);
export const VARIABLE_NAMES = new Set(Object.keys(ROWS)) as ReadonlySet<VariableName>;

/** The environment, read once, checked and typed. */
export type Env = Values & {
  readonly isProduction: boolean;
  /** Whether Swagger UI and the API description are served. */
  readonly servesDocs: boolean;
};

/** A variable has a wrong value; the message is one line a variable, with name, problem and example. */
export class EnvError extends StartError {
  override readonly name = 'EnvError';

  constructor(name: VariableName, problem: string) {
    const { default: value = '', example = value.toString() } = ROWS[name];
    const shown = typeof example === 'function' ? example() : example;
    super(`${name} ${problem}. Example: ${name}=${shown}`);
  }
}

/** Reads the environment of this process, to which a file `.env` in its folder adds. */
export function readProcessEnv(): Env {
  loadEnvFile('.env', process.env, VARIABLE_NAMES);
  return readEnv(process.env);
}

/**
 * Reads the environment; an empty variable counts as unset.
 *
 * @throws EnvError for the first variable with a wrong value; nothing falls back to a default (S-155)
 */
export function readEnv(environment: NodeJS.ProcessEnv): Env {
  const values = Object.fromEntries(
    [...VARIABLE_NAMES].map((name) => [name, readVariable(name, environment)]),
  ) as Values;
  const isProduction = values.NODE_ENV === 'production';
  const env = { ...values, isProduction, servesDocs: values.SWAGGER_UI ?? !isProduction };
  checkTogether(env);
  return env;
}

function readVariable(name: VariableName, environment: NodeJS.ProcessEnv): unknown {
  const { type, default: value, isSecret } = ROWS[name];
  const { [name]: text = '', [`${name}_FILE`]: file = '' } = environment;
  if (isSecret && file !== '') return readSecretFile(name, file, text);
  if (text === '') return value;
  try {
    return type?.read(text);
  } catch (error) {
    throw new EnvError(name, messageOf(error));
  }
}

/** The value of a secret from the file that `<name>_FILE` names, without the line end that editors add. */
function readSecretFile(name: VariableName, file: string, text: string): unknown {
  const fileName = `${name}_FILE` as VariableName;
  if (text !== '') throw new EnvError(fileName, `must not be set beside ${name}`);
  const content = contentOf(fileName, file);
  try {
    return ROWS[name].type?.read(content);
  } catch (error) {
    throw new EnvError(fileName, `names a file whose content ${messageOf(error)}`);
  }
}

function contentOf(name: VariableName, file: string): string {
  let reason: string;
  try {
    const content = readTextFile(file).replace(/[\r\n]+$/, '');
    if (content !== '') return content;
    reason = 'is empty';
  } catch (error) {
    reason = messageOf(error);
  }
  throw new EnvError(name, `names a file that ${reason}`);
}

/** Rules that more than one variable takes part in. */
function checkTogether(env: Env): void {
  if ((env.TLS_CERT_FILE === undefined) !== (env.TLS_KEY_FILE === undefined)) {
    const missing = env.TLS_CERT_FILE === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
    throw new EnvError(missing, 'is missing beside the other half of the pair');
  }
  if (env.OWNER_PASSWORD !== undefined && env.OWNER_EMAIL === undefined) {
    throw new EnvError('OWNER_EMAIL', 'is missing beside OWNER_PASSWORD');
  }
  const address = parseDatabaseUrl(env.DATABASE_URL);
  if (!('file' in address) && contradictsUrl(env.DATABASE_TLS, address)) {
    throw new EnvError('DATABASE_TLS', 'must not say the opposite of sslmode in DATABASE_URL');
  }
  checkSecretsDiffer(env);
  const isDevelopment = env.NODE_ENV === 'development';
  if (env.SMTP_URL !== undefined && env.PUBLIC_URL === undefined && !isDevelopment) {
    throw new EnvError('PUBLIC_URL', 'is missing beside SMTP_URL: letters hold links');
  }
  if (!env.isProduction) return;
  if ('file' in address && !env.ALLOW_SQLITE_IN_PRODUCTION) {
    throw new EnvError(
      'ALLOW_SQLITE_IN_PRODUCTION',
      'must be true for SQLite in production, or DATABASE_URL must name a server',
    );
  }
  if (env.OWNER_EMAIL !== undefined && env.OWNER_PASSWORD === undefined) {
    throw new EnvError('OWNER_PASSWORD', 'is missing beside OWNER_EMAIL');
  }
}

function checkSecretsDiffer(env: Env): void {
  const { GATEHOUSE_SECRET, JWT_SECRET, REFRESH_TOKEN_SECRET, PASSWORD_PEPPER } = env;
  const shared = findSharedSecret({
    GATEHOUSE_SECRET,
    JWT_SECRET,
    REFRESH_TOKEN_SECRET,
    PASSWORD_PEPPER,
  });
  if (shared) throw new EnvError(shared, 'must not hold a value that another secret has');
}
