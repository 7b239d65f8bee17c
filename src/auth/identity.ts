import type { ApiKey } from '../api-keys/api-key.entity.js';
import type { User } from '../users/user.entity.js';

/** A user or an API key in one shape, as tokens are issued for it. */
export interface Identity {
  readonly id: string;
  readonly type: 'user' | 'api_key';
  readonly accountId: string;
  readonly role: string;
  readonly name: string;
  /** `sub`, as in the SMTPD authentication API: the e-mail address, or the key's id. Decides nothing (S-73). */
  readonly sub: string;
  /** When the API key ends, in ms since the epoch; `null` for one without an end, and for a user. */
  readonly endsAt: number | null;
}

export function userIdentity(
  user: Pick<User, 'id' | 'accountId' | 'role' | 'firstName' | 'surname' | 'emailAddress'>,
): Identity {
  const { id, accountId, role, firstName, surname, emailAddress: sub } = user;
  const name = `${firstName} ${surname}`.trimEnd();
  return { id, type: 'user', accountId, role, name, sub, endsAt: null };
}

export function apiKeyIdentity(
  key: Pick<ApiKey, 'id' | 'accountId' | 'role' | 'name' | 'expiresAt'>,
): Identity {
  const { id, accountId, role, name, expiresAt } = key;
  return { id, type: 'api_key', accountId, role, name, sub: id, endsAt: expiresAt };
}
