import type { EntityManager } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { isInTransaction } from './sqlite-serialization.js';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** Runs work on a connection of its own. */
type Run = <T>(work: Work<T>, deadline: number) => Promise<T>;

interface Waiting {
  readonly work: Work<unknown>;
  readonly deadline: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Whoever has been waiting for so much longer than others waits with nobody: its time would be theirs. */
const MAX_DEADLINE_DISTANCE_MS = 500;

/**
 * Commits the single statements of requests that came together as one: SQLite writes one after another, and each
 * commit waits for the disk. Nobody is answered before the commit that holds their statement.
 *
 * What one statement fails with is its own; it has changed nothing, and the others go on. A commit that fails is
 * everybody's.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];

  /**
   * @param alone commits a statement by itself
   * @param together commits all that the work does, or nothing
   */
  constructor(
    private readonly alone: Run,
    private readonly together: Run,
  ) {}

  /** @param work one statement, on the manager that it is given */
  add<T>(work: Work<T>, deadline: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ work, deadline, resolve: resolve as Waiting['resolve'], reject });
      // When the requests that have arrived by now have come as far as this one.
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
      // A full disk takes back the whole transaction, and what came next would commit by itself.
      if (!isInTransaction(manager.dataSource.driver as BetterSqlite3Driver)) throw error;
      outcomes.push({ error });
    }
  }
  return outcomes;
}
