import type {
  DataSource,
  DataSourceOptions,
  EntityManager,
  QueryRunner,
  TableColumnOptions,
} from 'typeorm';
import type { InstanceMessages } from '../instance-messages.js';

/** A migration as a dialect runs it. */
export interface MigrationRun {
  /** The name of the migration in the history. */
  readonly name: string;
  readonly direction: 'up' | 'down';
  /** Treats a change that exists without recorded progress as done: an older release recorded none. */
  readonly isTolerant: boolean;
  /** False where the migration says that it must not run in a transaction. */
  readonly wantsTransaction: boolean;
}

/** Changes rows one statement at a time for many requests, in one commit. */
export interface CommitGroups {
  add<T>(work: (manager: EntityManager) => Promise<T>, deadline: number): Promise<T>;
}

/** Runs work in its own unit of work. */
export type RunUnit = <T>(
  work: (manager: EntityManager) => Promise<T>,
  deadline: number,
) => Promise<T>;

/** The rows that a statement read, or how many it changed: what TypeORM's `QueryResult` has on every version. */
export interface StatementResult<Row> {
  readonly records: readonly Row[];
  readonly affected?: number | null;
}

/** What a text column adds to its type. */
export type TextCollation = Pick<TableColumnOptions, 'charset' | 'collation'>;

/** What a statement about a column must say besides its type. */
export interface ColumnKind {
  readonly isText: boolean;
  readonly isId: boolean;
  readonly isNullable: boolean;
}

/** All that differs between the database engines, for the service and for hosts. */
export interface Dialect {
  /** The engine's names in TypeORM. */
  readonly types: readonly DataSourceOptions['type'][];

  /**
   * Checks the settings that Gatehouse relies on in the sessions of a DataSource (S-205).
   *
   * @throws StartError naming the setting
   */
  assertUsable(dataSource: DataSource): Promise<void>;

  /** Whether every transaction of the DataSource is READ COMMITTED by default, or stricter by nature (S-183). */
  isReadCommitted(dataSource: DataSource): boolean;

  /** Whether a transaction locks rows; otherwise its first statement locks the whole database. */
  readonly hasRowLocks: boolean;
  /** What a SELECT ends with that shares its rows until the transaction ends. */
  readonly shareClause: string;

  /** The type of a primary key that counts up, of 64 bits. */
  readonly incrementType: 'bigint' | 'integer';

  /** Whether an error has aborted the open transaction, so that its COMMIT would undo it without an error. */
  isAborted?(runner: QueryRunner): Promise<boolean>;

  /** Whether the driver's answer to a COMMIT says that the transaction was rolled back; default: it has an error then. */
  isRollback?(answer: unknown): boolean;

  /** Runs a statement that is run again and again, where preparing it pays; default: as any other statement. */
  runPrepared?<Row>(
    dataSource: DataSource,
    runner: QueryRunner,
    text: string,
    values: unknown[],
  ): Promise<StatementResult<Row>>;

  /**
   * Runs an update by id for several rows in one statement, which waits for no lock.
   *
   * @param rows the parameters for each row
   * @returns for each row whether it was changed: not one that is locked or does not match
   */
  updateJointly?(
    dataSource: DataSource,
    runner: QueryRunner,
    text: string,
    rows: readonly (readonly unknown[])[],
  ): Promise<boolean[]>;

  /** Makes a broken connection, or one that still waits for an answer, unusable, and frees its place in the pool. */
  discard(runner: QueryRunner): Promise<void>;

  /** Runs reads that may take longer than the sessions allow; default: without a limit of the sessions. */
  unlimited?<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T>;

  /** What a text column adds to its type, so that values are compared byte by byte (S-113, S-182). */
  collationOf(characters: 'ascii' | 'any'): TextCollation;
  /**
   * What a host's column adds to its type that refers to an id of ours: what the foreign key requires, and no more,
   * because TypeORM would report more as a difference to the host's entity.
   */
  readonly referenceCollation: TextCollation;
  /** The text columns of a table that are not compared byte by byte; default: none can be. */
  foldingColumns?(runner: QueryRunner, tablePath: string): Promise<readonly string[]>;
  /** The statement that gives a column of ours its type and collation again; all names are escaped. */
  mendColumn?(table: string, column: string, type: string, kind: ColumnKind): string;
  /** The statements that keep the rows of other tables while these make a table anew. */
  mendTable?(statements: readonly string[]): readonly string[];

  /** Called with a runner of ours before TypeORM reads the schema with it. */
  beforeSchemaReads?(runner: QueryRunner): void;

  /** Runs a migration so that it may be interrupted anywhere and run again (S-203). */
  runMigration(
    runner: QueryRunner,
    run: MigrationRun,
    work: (runner: QueryRunner) => Promise<unknown>,
  ): Promise<void>;

  /** Whether a statement may become part of the transaction of the code that asked for it; default: never. */
  followsCallers?(dataSource: DataSource): boolean;
  /** The manager of the transaction that the calling code is part of, where statements join it by themselves. */
  surroundingManager?(dataSource: DataSource): EntityManager | undefined;
  /** The runner whose transaction that of the given one is part of; default: the same. */
  transactionHolder?(runner: QueryRunner): QueryRunner;
  /** Runs work so that its caller does not become part of a transaction that the work begins; default: as it is. */
  contained?<T>(dataSource: DataSource, work: () => T): T;
  /** Makes commits for several requests at once, where writers take turns anyway. */
  groupCommits?(alone: RunUnit, together: RunUnit): CommitGroups;
  /** Carries changed rows to the caches of other instances, where the engine has messages. */
  instanceMessages?(dataSource: DataSource): InstanceMessages;
}
