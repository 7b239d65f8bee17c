import DataLoader from 'dataloader';
import type { CompiledUpdate, RowChange } from './compiled-update.js';
import { mayHaveCommitted } from './database-errors.js';
import type { RunUnit } from './dialects/dialect.js';

/** Most rows in one statement. */
const MAX_ROWS = 32;

interface Waiting {
  readonly change: RowChange;
  readonly deadline: number;
}

/**
 * Runs the same update of several concurrent requests, each for a row of its own, as one statement with one commit
 * (ADR 12). No request is answered before the commit of its row.
 */
export class JointUpdates {
  private readonly loaders = new WeakMap<CompiledUpdate, DataLoader<Waiting, boolean>>();

  /** @param run runs a statement that commits by itself */
  constructor(private readonly run: RunUnit) {}

  /**
   * @returns whether the row was changed; otherwise the update has yet to run alone, because no other came, the row is
   *   locked or does not match, or the statement failed
   * @throws an error after which it may have been committed
   */
  add(change: RowChange, deadline: number): Promise<boolean> {
    const { update } = change;
    let loader = this.loaders.get(update);
    if (!loader) {
      loader = new DataLoader((waiting) => this.runAll(update, waiting), {
        cache: false,
        maxBatchSize: MAX_ROWS,
        // Waits until the requests that have already arrived have added their rows.
        batchScheduleFn: (dispatch) => void setImmediate(dispatch),
      });
      this.loaders.set(update, loader);
    }
    return loader.load({ change, deadline });
  }

  private async runAll(update: CompiledUpdate, waiting: readonly Waiting[]): Promise<boolean[]> {
    const none = waiting.map(() => false);
    if (waiting.length === 1) return none;
    const deadline = Math.min(...waiting.map((each) => each.deadline));
    const rows = waiting.map(({ change }) => change.parameters);
    try {
      return await this.run((manager) => update.runJointly(manager, rows), deadline);
    } catch (error) {
      if (mayHaveCommitted(error)) throw error;
      return none;
    }
  }
}
