import { LostKeysError, type KeySettings, type LostKey } from '../../keys/lost-keys.error.js';
import type { Env } from './env.js';
import { SECRET_FILE } from './secrets.js';

/** The same refusal in the words of the environment. */
export function inSettings({ lost }: LostKeysError, env: Env): LostKeysError {
  return new LostKeysError(lost, env.GATEHOUSE_SECRET ? ofSecrets(env) : ofWhatIsSet(env, lost));
}

/** Outside production the common secret is a file, unless every use has its own. */
function ofWhatIsSet(env: Env, lost: readonly LostKey[]): KeySettings {
  const { JWT_SECRET, PASSWORD_PEPPER, REFRESH_TOKEN_SECRET } = env;
  if (JWT_SECRET && PASSWORD_PEPPER && REFRESH_TOKEN_SECRET) return ofSecrets(env);
  if (lost.some(({ purpose }) => ownSetting(env, purpose) !== undefined)) return ofSecrets(env);
  return {
    ...ofSecrets(env),
    fault: () => `DATA_DIR holds another ${SECRET_FILE} than the database was used with`,
    remedy: `put the former file back, start with an empty database`,
  };
}

function ofSecrets(env: Env): KeySettings {
  return {
    fault: (purposes) => {
      const own = [...purposes].map((purpose) => ownSetting(env, purpose) ?? 'GATEHOUSE_SECRET');
      const names = [...new Set(own)].toSorted();
      const plural = names.length > 1;
      return `${names.join(' and ')} ${plural ? 'do' : 'does'} not fit the database`;
    },
    remedy: 'set the former secret again, behind the new one and a comma',
    acceptance: (keyIds) => `ACCEPT_LOST_KEYS=${keyIds.join(',')}`,
  };
}

/** The purpose's own setting, if it is set. */
function ownSetting(env: Env, purpose: LostKey['purpose']): string | undefined {
  // Signing secrets of webhooks have a setting of their own only in place of the common one.
  if (purpose === 'webhook_secret' && env.GATEHOUSE_SECRET) return undefined;
  const name = purpose === 'password_pepper' ? 'PASSWORD_PEPPER' : 'REFRESH_TOKEN_SECRET';
  return env[name] ? name : undefined;
}
