import type { RoomSettings } from '../common/settings/settings.js';
import type { BreachCheck } from './password-policy/breached-passwords.js';
import type { SignUpRule } from './sign-up-rule.js';

/** Rules for new passwords, whose cost the hasher has, and for sign-ups. */
export interface UsersOptions extends Omit<RoomSettings['password'], 'bcryptCost'> {
  /** Keys of the digests of sign-in networks: the first makes new ones, all recognise them. */
  readonly networkKeys: readonly Uint8Array[];
  readonly allowSignUp: SignUpRule | undefined;
  /** Whether a user signs in only after confirming the address. */
  readonly requiresVerifiedEmail: boolean;
  readonly isBreached: BreachCheck | undefined;
}

export const USERS_OPTIONS = Symbol('gatehouse:users-options');
