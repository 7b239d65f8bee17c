import type { Principal } from './principal.js';

/** The result of verifying a valid credential: its principal, and the conditions for reusing the result. */
export interface Verification {
  readonly principal: Principal;
  /** When the verification ends at the latest, in ms since the epoch. */
  readonly until: number;
  /** Ids of the rows that it depends on. A change of one of them ends it. */
  readonly dependsOn: readonly string[];
  /** Whether the credential may be used from an address; without it, from any (S-195). */
  readonly takesFrom?: ((address: string) => boolean) | undefined;
  /** Called at every use. */
  readonly onUse?: () => void;
  /**
   * Verifies the same credential again, with the present rows.
   *
   * @throws CodedException the refusal of a credential that is no longer valid; 50301
   */
  readonly renew: () => Promise<Verification>;
}
