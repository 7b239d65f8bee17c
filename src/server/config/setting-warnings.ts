import { usesTls } from '../database/database-tls.js';
import { parseDatabaseUrl } from './database-url.js';
import { VARIABLE_NAMES, type Env, type VariableName } from './env.js';
import { settingMeantBy } from './similar-names.js';

/**
 * The variables without effect, a line for each: misspelt names, and settings that others switch off (S-206).
 *
 * @param environment as `env` was read from it
 */
export function settingWarnings(env: Env, environment: NodeJS.ProcessEnv): string[] {
  return [...misspelt(environment), ...unused(env, environment)];
}

function misspelt(environment: NodeJS.ProcessEnv): string[] {
  const names: ReadonlySet<string> = VARIABLE_NAMES;
  return Object.keys(environment).flatMap((name) => {
    const meant = names.has(name) ? undefined : settingMeantBy(name, names);
    return meant === undefined ? [] : [`${name} is not read: is ${meant} meant?`];
  });
}

function unused(env: Env, environment: NodeJS.ProcessEnv): string[] {
  const address = parseDatabaseUrl(env.DATABASE_URL);
  const isFile = 'file' in address;
  const reasons: Partial<Record<VariableName, string | false>> = {
    JWT_PRIVATE_KEY_FILE: env.JWT_ALG === 'HS256' && 'JWT_ALG is HS256',
    DATABASE_TLS: isFile && env.DATABASE_TLS === 'on' && 'DATABASE_URL names a file',
    DATABASE_CA_FILE:
      (isFile && 'DATABASE_URL names a file') ||
      (!isFile && !usesTls(env.DATABASE_TLS, address) && 'the database is reached without TLS'),
    HTTPS_ONLY: env.isProduction && !env.HTTPS_ONLY && 'production takes HTTPS only',
  };
  return Object.entries(reasons).flatMap(([name, reason]) =>
    reason && environment[name] ? [`${name} is not used: ${reason}`] : [],
  );
}
