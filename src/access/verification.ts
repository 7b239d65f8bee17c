import type { Evidence } from './evidence.js';
import type { Principal } from './principal.js';

/** That a credential is good: whom it stands for, and how far that may be relied on. */
export interface Verification {
  readonly principal: Principal;
  /** When the verdict is over, whatever happens, in ms since the epoch. */
  readonly until: number;
  /** Ids of the rows that the verdict rests on. */
  readonly restsOn: readonly string[];
  /** All that was read for the verdict: as long as it says the same, the verdict holds until then. */
  readonly evidence: readonly Evidence[];
  /** Whether it may come from an address; absent: from any (S-195). */
  readonly takesFrom?: ((address: string) => boolean) | undefined;
  /** Told of every use. */
  readonly onUse?: () => void;
}
