import { Mutex } from 'async-mutex';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { isRepeatable } from './database-errors.js';

/** How long another process may hold the write lock, and how often to look whether it still does. */
const BUSY_WAIT_MS = 1_000;
const BUSY_PAUSE_MS = 20;

/**
 * Gives each unit of work on SQLite a query runner of its own and the shared connection to itself.
 *
 * TypeORM hands everyone the same runner: a second transaction becomes a savepoint inside the first, and
 * a foreign statement is rolled back with it.
 *
 * A statement from inside a transaction that goes past its manager, as a host's code may have some, joins that
 * transaction, as it does without us: it would wait for itself.
 *
 * @see https://github.com/typeorm/typeorm/issues/1884 (S-181)
 */
export function serializeSqlite(dataSource: DataSource): void {
  const driver = dataSource.driver as BetterSqlite3Driver;
  if (serialized.has(driver)) return;
  serialized.add(driver);
  const mutex = new Mutex();
  const statements = new Map<string, unknown>();
  driver.createQueryRunner = (): QueryRunner =>
    new SerializedQueryRunner(driver, mutex, statements);
}

const serialized = new WeakSet<BetterSqlite3Driver>();

/** The runner whose transaction the running code is part of. */
const surrounding = new AsyncLocalStorage<SerializedQueryRunner | undefined>();

/**
 * Runs work whose transaction, if it begins one, is nothing that its caller becomes part of: the caller may go
 * on meanwhile.
 */
export function contained<T>(work: () => T): T {
  return surrounding.run(surrounding.getStore(), work);
}

class SerializedQueryRunner extends BetterSqlite3QueryRunner {
  /** Set while this runner's transaction holds the connection. */
  private releaseMutex: (() => void) | undefined;
  /** Set while a transaction of this runner is a part of another runner's. */
  private outer: SerializedQueryRunner | undefined;

  constructor(
    driver: BetterSqlite3Driver,
    private readonly mutex: Mutex,
    statements: Map<string, unknown>,
  ) {
    super(driver);
    // Prepared statements belong to the connection, so all runners share them.
    Object.assign(this, { stmtCache: statements });
  }

  override startTransaction(): Promise<void> {
    if (this.releaseMutex) return super.startTransaction();
    const outer = this.surroundingRunner();
    if (outer) return this.join(outer);
    // Before anything is awaited, so that what the caller does from here on is known to be part of it.
    surrounding.enterWith(this);
    return whileBusy(() => this.begin());
  }

  private async begin(): Promise<void> {
    this.releaseMutex = await this.mutex.acquire();
    try {
      await super.startTransaction();
    } catch (error) {
      // TypeORM marks the transaction active before BEGIN has succeeded.
      this.isTransactionActive = false;
      this.letGo();
      throw error;
    }
  }

  override async commitTransaction(): Promise<void> {
    if (this.outer) return this.leave((outer) => outer.commitTransaction());
    await super.commitTransaction();
    if (!this.isTransactionActive) this.letGo();
  }

  override async rollbackTransaction(): Promise<void> {
    if (this.outer) return this.leave((outer) => outer.rollbackTransaction());
    try {
      await super.rollbackTransaction();
    } catch (error) {
      // SQLite undoes a transaction by itself when the disk is full or broken, and then refuses ROLLBACK:
      // holding on to the connection would stop everybody for good.
      const connection = this.driver.databaseConnection as { readonly inTransaction: boolean };
      this.isTransactionActive = connection.inTransaction;
      if (this.isTransactionActive) throw error;
    } finally {
      if (!this.isTransactionActive) this.letGo();
    }
  }

  override async query<Result>(
    sql: string,
    parameters?: unknown[],
    useStructuredResult?: boolean,
  ): Promise<Result> {
    // IMMEDIATE takes the write lock first: a transaction that reads and then writes cannot be refused
    // half way because another process wrote in between.
    const statement = sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE TRANSACTION' : sql;
    const run = () => super.query(statement, parameters, useStructuredResult) as Promise<Result>;
    const isInTransaction =
      this.releaseMutex !== undefined || this.surroundingRunner() !== undefined;
    return isInTransaction ? run() : whileBusy(() => this.mutex.runExclusive(run));
  }

  /** Whoever holds the connection, if the running code is part of that transaction. */
  private surroundingRunner(): SerializedQueryRunner | undefined {
    const runner = surrounding.getStore();
    return runner?.releaseMutex && runner.mutex === this.mutex ? runner : undefined;
  }

  /** As a savepoint of the transaction around. */
  private async join(outer: SerializedQueryRunner): Promise<void> {
    await outer.startTransaction();
    this.outer = outer;
    this.isTransactionActive = true;
  }

  private leave(end: (outer: SerializedQueryRunner) => Promise<void>): Promise<void> {
    const { outer } = this;
    this.outer = undefined;
    this.isTransactionActive = false;
    return outer ? end(outer) : Promise.resolve();
  }

  private letGo(): void {
    this.releaseMutex?.();
    this.releaseMutex = undefined;
  }
}

/**
 * Repeats what another process's write lock kept from happening. Waiting here and not in SQLite, which
 * would wait with the event loop, and without the connection, so that readers pass.
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
