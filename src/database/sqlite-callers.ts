import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource } from 'typeorm';
import { SerializedQueryRunner, serializeSqlite } from './sqlite-serialization.js';

const followed = new WeakSet<DataSource>();

/** The runner whose transaction the running code is part of. */
const surrounding = new AsyncLocalStorage<CallerFollowingQueryRunner | undefined>();

/**
 * As {@link serializeSqlite}, for a DataSource that a host's code uses too. A statement from inside a transaction
 * that goes past its manager, as a host's code may have some, joins that transaction, as it does without us: it
 * would wait for itself.
 *
 * Ours never goes past its manager, and the service does without: once in use, an `AsyncLocalStorage` is told of every
 * promise of the process on Node 20.
 */
export function serializeHostsSqlite(dataSource: DataSource): void {
  serializeSqlite(dataSource, CallerFollowingQueryRunner);
  if (dataSource.createQueryRunner() instanceof CallerFollowingQueryRunner)
    followed.add(dataSource);
}

/** Whether a statement may be part of the transaction that its caller is in. */
export function followsCallers(dataSource: DataSource): boolean {
  return followed.has(dataSource);
}

/**
 * Runs work whose transaction, if it begins one, is nothing that its caller becomes part of: the caller may go
 * on meanwhile.
 */
export function contained<T>(dataSource: DataSource, work: () => T): T {
  return followsCallers(dataSource) ? surrounding.run(surrounding.getStore(), work) : work();
}

class CallerFollowingQueryRunner extends SerializedQueryRunner {
  /** Set while a transaction of this runner is a part of another runner's. */
  private outer: CallerFollowingQueryRunner | undefined;

  override startTransaction(): Promise<void> {
    if (this.holdsConnection) return super.startTransaction();
    const outer = this.surroundingRunner();
    if (outer) return this.join(outer);
    // Before anything is awaited, so that what the caller does from here on is known to be part of it.
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
    return super.isWithinTransaction() || this.surroundingRunner() !== undefined;
  }

  /** Whoever holds the connection, if the running code is part of that transaction. */
  private surroundingRunner(): CallerFollowingQueryRunner | undefined {
    const runner = surrounding.getStore();
    return runner?.holdsConnection && runner.shared === this.shared ? runner : undefined;
  }

  /** As a savepoint of the transaction around. */
  private async join(outer: CallerFollowingQueryRunner): Promise<void> {
    await outer.startTransaction();
    this.outer = outer;
    this.isTransactionActive = true;
  }

  private leave(end: (outer: CallerFollowingQueryRunner) => Promise<void>): Promise<void> {
    const { outer } = this;
    this.outer = undefined;
    this.isTransactionActive = false;
    return outer ? end(outer) : Promise.resolve();
  }
}
