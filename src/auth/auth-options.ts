import type { RoomSettings } from '../common/settings/settings.js';
import type { SigningKey } from './access-tokens/signing-keys.js';
import type { ClaimsProvider } from './claims-provider.js';

/** How access tokens are issued and verified. */
export type AuthOptions = RoomSettings['accessToken'] & {
  /** The first one signs, all of them verify (S-75). */
  readonly signingKeys: readonly SigningKey[];
  /** The host's own claims; `undefined` for none. */
  readonly claims: ClaimsProvider | undefined;
};

export const AUTH_OPTIONS = Symbol('gatehouse:auth-options');
