import type { ApiKey } from '../api-keys/api-key.entity.js';
import type { User } from '../users/user.entity.js';

/** Whom tokens are about, of one shape for users and API keys. */
export interface Subject {
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

type NamedUser = Pick<User, 'id' | 'accountId' | 'role' | 'firstName' | 'surname' | 'emailAddress'>;
type NamedApiKey = Pick<ApiKey, 'id' | 'accountId' | 'role' | 'name' | 'expiresAt'>;

export function userSubject(user: NamedUser): Subject {
  const { id, accountId, role, firstName, surname, emailAddress } = user;
  return {
    id,
    type: 'user',
    accountId,
    role,
    name: `${firstName} ${surname}`.trimEnd(),
    sub: emailAddress,
    endsAt: null,
  };
}

export function apiKeySubject({ id, accountId, role, name, expiresAt }: NamedApiKey): Subject {
  return { id, type: 'api_key', accountId, role, name, sub: id, endsAt: expiresAt };
}
