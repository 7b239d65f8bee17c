import type { RoomSettings } from '../common/settings/settings.js';

/** How sessions are refreshed and how they end. */
export type SessionsOptions = RoomSettings['session'] & {
  /** Keys that refresh tokens are derived with: the first derives new ones, all verify. At least 256 bits each. */
  readonly refreshTokenKeys: readonly Uint8Array[];
  /** Live sessions of one API key; `max` is the limit of a user. */
  readonly maxOfApiKey: number;
};

export const SESSIONS_OPTIONS = Symbol('gatehouse:sessions-options');
