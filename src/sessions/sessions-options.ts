import type { RoomSettings } from '../common/settings/settings.js';

/** How sessions live and end. */
export type SessionsOptions = RoomSettings['session'] & {
  /** Keys that refresh tokens are derived with; the first makes, all check. At least 256 bits each. */
  readonly refreshTokenKeys: readonly Uint8Array[];
  /** Live sessions of one API key; `max` is that of a user. */
  readonly maxOfApiKey: number;
};

export const SESSIONS_OPTIONS = Symbol('gatehouse:sessions-options');
