import { Mutex } from 'async-mutex';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { isRepeatable } from '../../database-errors.js';

/** How long to wait for another process that holds the write lock, and the pause between two attempts. */
const BUSY_WAIT_MS = 1_000;
const BUSY_PAUSE_MS = 20;

type RunnerClass = new (driver: BetterSqlite3Driver, mutex: Mutex) => QueryRunner;

/**
 * Gives each unit of work on SQLite its own query runner and exclusive use of the shared connection.
 *
 * TypeORM gives all callers the same runner: a second transaction becomes a savepoint inside the first, and
 * a foreign statement is rolled back with it.
 *
 * @param runner the class of the query runners; only the first call for a DataSource counts
 * @see https://github.com/typeorm/typeorm/issues/1884 (S-181)
 */
export function serializeSqlite(dataSource: DataSource, runner: RunnerClass): void {
  const driver = dataSource.driver as BetterSqlite3Driver;
  if (serialized.has(driver)) return;
  serialized.add(driver);
  const mutex = new Mutex();
  driver.createQueryRunner = (): QueryRunner => new runner(driver, mutex);
}

const serialized = new WeakSet<BetterSqlite3Driver>();

/** Whether SQLite itself has an open transaction, whatever state TypeORM has. */
export function isInTransaction({ databaseConnection }: BetterSqlite3Driver): boolean {
  return (databaseConnection as { readonly inTransaction: boolean }).inTransaction;
}

/** The query runner of a unit of work, whose statements wait until no other transaction is open. */
export class SerializedQueryRunner extends BetterSqlite3QueryRunner {
  /** Set while this runner's transaction holds the connection. */
  private releaseMutex: (() => void) | undefined;

  constructor(
    driver: BetterSqlite3Driver,
    /** Held by the transaction or the statement that uses the connection. */
    protected readonly mutex: Mutex,
  ) {
    super(driver);
  }

  override startTransaction(): Promise<void> {
    return this.holdsConnection ? super.startTransaction() : whileBusy(() => this.begin());
  }

  override async commitTransaction(): Promise<void> {
    await super.commitTransaction();
    if (!this.isTransactionActive) this.unlock();
  }

  override async rollbackTransaction(): Promise<void> {
    try {
      await super.rollbackTransaction();
    } catch (error) {
      // SQLite rolls a transaction back by itself when the disk is full or broken, and then refuses ROLLBACK:
      // a connection that stays locked would block every later request.
      this.isTransactionActive = isInTransaction(this.driver);
      if (this.isTransactionActive) throw error;
    } finally {
      if (!this.isTransactionActive) this.unlock();
    }
  }

  override async query<Result>(
    sql: string,
    parameters: unknown[] = [],
    useStructuredResult = false,
  ): Promise<Result> {
    // IMMEDIATE takes the write lock first: otherwise a transaction that reads and then writes could fail
    // half-way because another process wrote in between.
    const statement = sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE TRANSACTION' : sql;
    const run = () => super.query(statement, parameters, useStructuredResult) as Promise<Result>;
    return this.isWithinTransaction() ? run() : whileBusy(() => this.mutex.runExclusive(run));
  }

  /** Whether the current statement belongs to the transaction that holds the connection. */
  protected isWithinTransaction(): boolean {
    return this.holdsConnection;
  }

  get holdsConnection(): boolean {
    return this.releaseMutex !== undefined;
  }

  private async begin(): Promise<void> {
    this.releaseMutex = await this.mutex.acquire();
    try {
      await super.startTransaction();
    } catch (error) {
      // TypeORM marks the transaction active before BEGIN has succeeded.
      this.isTransactionActive = false;
      this.unlock();
      throw error;
    }
  }

  private unlock(): void {
    this.releaseMutex?.();
    this.releaseMutex = undefined;
  }
}

/**
 * Repeats work while another process holds the write lock. It waits here, because SQLite would block the event loop,
 * and without the mutex, so that readers are not blocked.
 */
async function whileBusy<T>(run: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + BUSY_WAIT_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isRepeatable(error) || performance.now() >= deadline) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}
