import type { RoomSettings } from '../common/settings/settings.js';

/** How secrets of API keys are derived, and how many keys may exist. */
export type ApiKeysOptions = RoomSettings['apiKey'] & {
  /** Keys that repeatable secrets are derived with: the first for new secrets, all for repeated requests. */
  readonly secretKeys: readonly Uint8Array[];
};

export const API_KEYS_OPTIONS = Symbol('gatehouse:api-keys-options');
