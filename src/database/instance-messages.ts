import type { ChangedRows } from '../common/cache-invalidation.js';

/** Carries changed rows between the instances on one database. */
export interface InstanceMessages {
  /**
   * Receives until {@link stop}.
   *
   * @param onChange called with rows that another instance has changed
   */
  start(onChange: (rows: ChangedRows) => void): void;
  /** Sends in the background; never throws. */
  send(rows: ChangedRows): void;
  /** Sends what is left, and closes the connection. */
  stop(): Promise<void>;
}
