import type { EntityManager } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { dataSourceOf } from '../../data-source-of.js';
import { isInTransaction } from './sqlite-serialization.js';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** Runs work in its own unit of work. */
type Run = <T>(work: Work<T>, deadline: number) => Promise<T>;

interface Waiting {
  readonly work: Work<unknown>;
  readonly deadline: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Statements whose deadlines differ by more than this are not committed together: the earliest counts for all. */
const MAX_DEADLINE_DISTANCE_MS = 500;

/**
 * Commits the single statements of concurrent requests in one transaction: SQLite serialises writes, and each commit
 * waits for the disk. No request is answered before the commit of its statement.
 *
 * A statement that fails rejects only its own request; it has changed nothing, and the others continue. A failed commit
 * rejects all.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];

  /**
   * @param alone commits a statement by itself
   * @param together runs the work in a transaction
   */
  constructor(
    private readonly alone: Run,
    private readonly together: Run,
  ) {}

  /** @param work runs one statement on the manager that it is given */
  add<T>(work: Work<T>, deadline: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ work, deadline, resolve: resolve as Waiting['resolve'], reject });
      // Waits until the requests that have already arrived have added their statements.
      if (this.waiting.length === 1) setImmediate(() => void this.commit());
    });
  }

  private async commit(): Promise<void> {
    const latest = Math.max(...this.waiting.map(({ deadline }) => deadline));
    const isLate = ({ deadline }: Waiting) => deadline < latest - MAX_DEADLINE_DISTANCE_MS;
    const group = this.waiting.filter((each) => !isLate(each));
    const alone = group.length > 1 ? this.waiting.filter(isLate) : this.waiting;
    this.waiting = [];
    for (const { work, deadline, resolve, reject } of alone) {
      this.alone(work, deadline).then(resolve, reject);
    }
    if (group.length > 1) await this.commitTogether(group);
  }

  private async commitTogether(group: readonly Waiting[]): Promise<void> {
    try {
      const deadline = Math.min(...group.map((each) => each.deadline));
      const outcomes = await this.together((manager) => runEach(group, manager), deadline);
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index] as Outcome;
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.value);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

async function runEach(group: readonly Waiting[], manager: EntityManager): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { work } of group) {
    try {
      outcomes.push({ value: await work(manager) });
    } catch (error) {
      // A full disk rolls the whole transaction back; later statements would then commit by themselves.
      if (!isInTransaction(dataSourceOf(manager).driver as BetterSqlite3Driver)) throw error;
      outcomes.push({ error });
    }
  }
  return outcomes;
}
