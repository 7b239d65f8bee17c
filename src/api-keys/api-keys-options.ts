import type { RoomSettings } from '../common/settings/settings.js';

/** How API keys are made and how many there may be. */
export type ApiKeysOptions = RoomSettings['apiKey'] & {
  /** Keys that repeatable secrets are derived with; the first makes, all find again. */
  readonly secretKeys: readonly Uint8Array[];
};

export const API_KEYS_OPTIONS = Symbol('gatehouse:api-keys-options');
