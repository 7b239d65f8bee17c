import type { RoomSettings } from '../common/settings/settings.js';

/** Where webhooks may be sent, and how their signing secrets are encrypted. */
export type WebhooksOptions = RoomSettings['webhooks'] & {
  /** Keys that encrypt signing secrets: the first encrypts, all of them decrypt. */
  readonly secretKeys: readonly Uint8Array[];
};

export const WEBHOOKS_OPTIONS = Symbol('gatehouse:webhooks-options');
