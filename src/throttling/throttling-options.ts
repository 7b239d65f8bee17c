import type { RoomSettings } from '../common/settings/settings.js';

export const THROTTLING_OPTIONS = Symbol('gatehouse:throttling-options');

export interface ThrottlingOptions extends Readonly<RoomSettings['throttling']> {
  /** Key of the digests by which counters are stored. */
  readonly key: Uint8Array;
}
