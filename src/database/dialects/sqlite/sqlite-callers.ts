import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { SerializedQueryRunner, serializeSqlite } from './sqlite-serialization.js';

const followed = new WeakSet<DataSource>();

/** The query runner whose transaction the running code is part of. */
const surrounding = new AsyncLocalStorage<CallerFollowingQueryRunner | undefined>();

/**
 * As {@link serializeSqlite}, for a DataSource that a host's code uses too. A host's code may run a statement inside a
 * transaction without the transaction's manager. As without Gatehouse, the statement joins that transaction; otherwise
 * it would wait for its own caller.
 *
 * Gatehouse itself always uses the manager, so the service does without this: on Node 20, an `AsyncLocalStorage` in use
 * adds a hook to every promise of the process.
 */
export function serializeHostsSqlite(dataSource: DataSource): void {
  serializeSqlite(dataSource, CallerFollowingQueryRunner);
  if (dataSource.createQueryRunner() instanceof CallerFollowingQueryRunner)
    followed.add(dataSource);
}

/** Whether a statement may be part of its caller's transaction. */
export function followsCallers(dataSource: DataSource): boolean {
  return followed.has(dataSource);
}

/** The manager of the transaction that the running code is part of. */
export function surroundingManager(dataSource: DataSource): EntityManager | undefined {
  const runner = surrounding.getStore();
  const isOpen = runner?.holdsConnection && runner.driver === dataSource.driver;
  return isOpen ? runner.manager : undefined;
}

/** The runner whose transaction that of the given one is a savepoint of. */
export function transactionHolder(runner: QueryRunner): QueryRunner {
  return (runner instanceof CallerFollowingQueryRunner && runner.outer) || runner;
}

/**
 * Runs work so that its caller does not become part of a transaction that the work begins: the caller may continue
 * meanwhile.
 */
export function contained<T>(dataSource: DataSource, work: () => T): T {
  return followsCallers(dataSource) ? surrounding.run(surrounding.getStore(), work) : work();
}

class CallerFollowingQueryRunner extends SerializedQueryRunner {
  /** The runner whose transaction contains the transaction of this one. */
  outer: CallerFollowingQueryRunner | undefined;
  /** How many savepoints of that transaction this runner has open. */
  private savepoints = 0;

  override startTransaction(): Promise<void> {
    if (this.holdsConnection) return super.startTransaction();
    const outer = this.outer ?? this.surroundingRunner();
    if (outer) return this.join(outer);
    // Before the first `await`, so that the caller's later statements count as part of the transaction.
    surrounding.enterWith(this);
    return super.startTransaction();
  }

  override commitTransaction(): Promise<void> {
    return this.outer
      ? this.leave((outer) => outer.commitTransaction())
      : super.commitTransaction();
  }

  override rollbackTransaction(): Promise<void> {
    return this.outer
      ? this.leave((outer) => outer.rollbackTransaction())
      : super.rollbackTransaction();
  }

  protected override isWithinTransaction(): boolean {
    return super.isWithinTransaction() || (this.outer ?? this.surroundingRunner()) !== undefined;
  }

  /** The runner that holds the connection, if the running code is part of its transaction. */
  private surroundingRunner(): CallerFollowingQueryRunner | undefined {
    const runner = surrounding.getStore();
    return runner?.holdsConnection && runner.mutex === this.mutex ? runner : undefined;
  }

  /** Begins a savepoint in the surrounding transaction. */
  private async join(outer: CallerFollowingQueryRunner): Promise<void> {
    await outer.startTransaction();
    this.outer = outer;
    this.savepoints++;
    this.isTransactionActive = true;
  }

  private leave(end: (outer: CallerFollowingQueryRunner) => Promise<void>): Promise<void> {
    const { outer } = this;
    if (--this.savepoints === 0) {
      this.outer = undefined;
      this.isTransactionActive = false;
    }
    return outer ? end(outer) : Promise.resolve();
  }
}
