// For suites that break a database server: each on a server of its own, MariaDB and PostgreSQL.
import type { DatabaseKind } from './database.js';
import { MariaDbServer } from './mariadb-server.js';
import { PostgresServer } from './postgres-server.js';
import { describeMariaDb, describePostgres } from './targets.js';

/** The engines that are a server. */
export type ServerKind = Exclude<DatabaseKind, 'sqlite'>;

export type DatabaseServer = MariaDbServer | PostgresServer;

/** Declares the suite for each engine; left out where it is not installed. */
export function describeServers(title: string, define: (kind: ServerKind) => void): void {
  describeMariaDb(`${title} [mariadb]`, () => define('mariadb'));
  describePostgres(`${title} [postgres]`, () => define('postgres'));
}

/** Starts a private server of the engine. */
export function createServer(kind: ServerKind): Promise<DatabaseServer> {
  return kind === 'mariadb' ? MariaDbServer.create() : PostgresServer.create();
}
