import type { Principal } from './principal.js';

/** A credential that was found good: its principal, and how far the finding may be reused. */
export interface Verification {
  readonly principal: Principal;
  /** When the verification ends, whatever happens, in ms since the epoch. */
  readonly until: number;
  /** Ids of the rows that it depends on: a change of one of them ends it. */
  readonly dependsOn: readonly string[];
  /** Whether the credential may come from an address; absent: from any (S-195). */
  readonly takesFrom?: ((address: string) => boolean) | undefined;
  /** Called at every use. */
  readonly onUse?: () => void;
  /**
   * Decides about the same credential again, by the rows as they are now.
   *
   * @throws CodedException the refusal of a credential that is not good any more; 50301
   */
  readonly renew: () => Promise<Verification>;
}
