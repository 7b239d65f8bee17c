import { Mutex } from 'async-mutex';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { isRepeatable } from './database-errors.js';

/** How long another process may hold the write lock, and how often to look whether it still does. */
const BUSY_WAIT_MS = 1_000;
const BUSY_PAUSE_MS = 20;

/** What the query runners of one driver share. */
export interface SharedConnection {
  readonly mutex: Mutex;
  /** Prepared statements, which belong to the connection. */
  readonly statements: Map<string, unknown>;
}

type RunnerClass = new (driver: BetterSqlite3Driver, shared: SharedConnection) => QueryRunner;

/**
 * Gives each unit of work on SQLite a query runner of its own and the shared connection to itself.
 *
 * TypeORM hands everyone the same runner: a second transaction becomes a savepoint inside the first, and
 * a foreign statement is rolled back with it.
 *
 * @param runner the class of the runners; only the first call for a DataSource counts
 * @see https://github.com/typeorm/typeorm/issues/1884 (S-181)
 */
export function serializeSqlite(dataSource: DataSource, runner: RunnerClass): void {
  const driver = dataSource.driver as BetterSqlite3Driver;
  if (serialized.has(driver)) return;
  serialized.add(driver);
  const shared = { mutex: new Mutex(), statements: new Map<string, unknown>() };
  driver.createQueryRunner = (): QueryRunner => new runner(driver, shared);
}

const serialized = new WeakSet<BetterSqlite3Driver>();

/** Whether SQLite itself has a transaction open, whatever TypeORM believes. */
export function isInTransaction({ databaseConnection }: BetterSqlite3Driver): boolean {
  return (databaseConnection as { readonly inTransaction: boolean }).inTransaction;
}

/** A unit of work, whose statements wait until nobody else's transaction is open. */
export class SerializedQueryRunner extends BetterSqlite3QueryRunner {
  /** Set while this runner's transaction holds the connection. */
  private releaseMutex: (() => void) | undefined;

  constructor(
    driver: BetterSqlite3Driver,
    protected readonly shared: SharedConnection,
  ) {
    super(driver);
    Object.assign(this, { stmtCache: shared.statements });
  }

  override startTransaction(): Promise<void> {
    return this.holdsConnection ? super.startTransaction() : whileBusy(() => this.begin());
  }

  override async commitTransaction(): Promise<void> {
    await super.commitTransaction();
    if (!this.isTransactionActive) this.letGo();
  }

  override async rollbackTransaction(): Promise<void> {
    try {
      await super.rollbackTransaction();
    } catch (error) {
      // SQLite undoes a transaction by itself when the disk is full or broken, and then refuses ROLLBACK:
      // holding on to the connection would stop everybody for good.
      this.isTransactionActive = isInTransaction(this.driver);
      if (this.isTransactionActive) throw error;
    } finally {
      if (!this.isTransactionActive) this.letGo();
    }
  }

  override async query<Result>(
    sql: string,
    parameters: unknown[] = [],
    useStructuredResult = false,
  ): Promise<Result> {
    // IMMEDIATE takes the write lock first: a transaction that reads and then writes cannot be refused
    // half way because another process wrote in between.
    const statement = sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE TRANSACTION' : sql;
    const run = () => this.execute<Result>(statement, parameters, useStructuredResult);
    return this.isWithinTransaction() ? run() : whileBusy(() => this.waitForTurn(run));
  }

  protected waitForTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.shared.mutex.runExclusive(run);
  }

  protected execute<Result>(
    sql: string,
    parameters: unknown[],
    useStructuredResult: boolean,
  ): Promise<Result> {
    return super.query(sql, parameters, useStructuredResult) as Promise<Result>;
  }

  /** Whether a statement of now belongs to the transaction that holds the connection. */
  protected isWithinTransaction(): boolean {
    return this.holdsConnection;
  }

  get holdsConnection(): boolean {
    return this.releaseMutex !== undefined;
  }

  private async begin(): Promise<void> {
    this.releaseMutex = await this.shared.mutex.acquire();
    try {
      await super.startTransaction();
    } catch (error) {
      // TypeORM marks the transaction active before BEGIN has succeeded.
      this.isTransactionActive = false;
      this.letGo();
      throw error;
    }
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
