import type { RoomSettings } from '../common/settings/settings.js';
import type { SigningKey } from './access-tokens/signing-keys.js';
import type { ClaimsProvider } from './claims-provider.js';

/** How access tokens are made and checked. */
export type AuthOptions = RoomSettings['accessToken'] & {
  /** The first one signs, all of them check (S-75). */
  readonly signingKeys: readonly SigningKey[];
  /** The host's own claims; `undefined`: none. */
  readonly claims: ClaimsProvider | undefined;
};

export const AUTH_OPTIONS = Symbol('gatehouse:auth-options');
