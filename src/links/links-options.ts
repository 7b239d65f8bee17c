import type { LinkPurpose } from './link-purpose.js';

export const LINKS_OPTIONS = Symbol('gatehouse:links-options');

/** Options of the room. */
export interface LinksOptions {
  /** The first key derives new tokens; links of all keys stay valid. */
  readonly keys: readonly Uint8Array[];
  /** Where clients reach the application, with the prefix of our routes; `undefined`: links are relative. */
  readonly publicUrl: string | undefined;
  /** Prefix of our routes, without slashes at its ends; empty for none. */
  readonly routePrefix: string;
  /** A host's own page in place of ours, as an absolute URL. */
  readonly pages: Readonly<Partial<Record<LinkPurpose, string | undefined>>>;
}
