import type { DataSource, DataSourceOptions, QueryRunner } from 'typeorm';

/** Connections to a server that are open at most. */
export const POOL_SIZE = 10;

/** All that differs between the database engines in how the service opens its DataSource. */
export interface Engine {
  /** The options of the DataSource that are the engine's own. */
  readonly options: DataSourceOptions;

  /** Changes a DataSource before it connects; default: not at all. */
  adapt?(dataSource: DataSource): void;
  /** Prepares what the first connection needs; default: nothing. */
  beforeConnecting?(): void;

  /**
   * Sets up the sessions of a DataSource that is connected, those to come included (S-205).
   *
   * @throws StartError naming the setting that the server does not accept
   */
  prepareSessions(dataSource: DataSource): Promise<void>;

  /**
   * Runs `work`, the pending migrations, while no other instance runs them, and with time limits long enough for large
   * tables.
   *
   * @throws StartError when another instance is still migrating after a minute
   */
  migrateAlone(runner: QueryRunner, work: () => Promise<void>): Promise<void>;
  /** Prepares a migrated DataSource for requests; default: nothing. */
  beforeServing?(dataSource: DataSource): Promise<void>;

  /** What an operator can do about an error of the engine or its driver; `undefined` for one that nobody expects. */
  remedyFor(error: NodeJS.ErrnoException): string | undefined;
  /** Whether waiting may help against an error of the engine or its driver. */
  isTransient(error: NodeJS.ErrnoException): boolean;
}
