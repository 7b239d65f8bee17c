import { existsSync } from 'node:fs';
import { findSharedSecret } from '../../common/crypto/secret-strength.js';
import { StartError } from '../../common/errors/start.error.js';
import type { Setting, ValueOf } from '../../common/settings/setting.js';
import { ENV_GROUPS } from './env-settings.js';

type Groups = typeof ENV_GROUPS;
type VariableName = { [G in keyof Groups]: keyof Groups[G] }[keyof Groups];
type RowOf<V> = {
  [G in keyof Groups]: V extends keyof Groups[G] ? Groups[G][V] : never;
}[keyof Groups];
type Values = { readonly [V in VariableName]: ValueOf<RowOf<V>> };

const ROWS: Readonly<Record<VariableName, Setting>> = Object.assign(
  {},
  ...Object.values(ENV_GROUPS),
);

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
    super(`${name} ${problem}. Example: ${name}=${example}`);
  }
}

/** Reads the environment of this process, to which a file `.env` in its folder adds. */
export function readProcessEnv(): Env {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readEnv(process.env);
}

/**
 * Reads the environment; an empty variable counts as unset.
 *
 * @throws EnvError for the first variable with a wrong value; nothing falls back to a default (S-155)
 */
export function readEnv(environment: NodeJS.ProcessEnv): Env {
  const names = Object.keys(ROWS) as VariableName[];
  const values = Object.fromEntries(
    names.map((name) => [name, readVariable(name, environment[name])]),
  ) as Values;
  const isProduction = values.NODE_ENV === 'production';
  const env = { ...values, isProduction, servesDocs: values.SWAGGER_UI ?? !isProduction };
  checkTogether(env);
  return env;
}

function readVariable(name: VariableName, text = ''): unknown {
  const { type, default: value } = ROWS[name];
  if (text === '') return value;
  try {
    return type?.read(text);
  } catch (error) {
    throw new EnvError(name, (error as Error).message);
  }
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
  checkSecretsDiffer(env);
  if (!env.isProduction) return;
  if (env.DATABASE_URL.startsWith('sqlite:') && !env.ALLOW_SQLITE_IN_PRODUCTION) {
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
