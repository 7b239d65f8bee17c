import { readFileSync } from 'node:fs';
import type { DataSourceOptions } from 'typeorm';
import { ENTITIES } from '../../database/entities.js';
import { MIGRATIONS } from '../../database/migrations/index.js';
import { resumableMigration } from '../../database/migrations/resumable-migration.js';
import { parseDatabaseUrl, type ServerAddress } from '../config/database-url.js';
import { sqliteDriver } from './sqlite-driver.js';

/** Address of the database and options of the connection. */
export interface DatabaseOptions {
  /** `sqlite:<file>` or `mysql://…`. */
  readonly url: string;
  /** TLS with certificate check; `auto`: to every host except this machine (S-120). */
  readonly tls: 'auto' | 'on' | 'off';
  /** File with the certificate of the authority, PEM. */
  readonly caFile: string | undefined;
  /** How long the start waits for a database that cannot be reached; default 0. */
  readonly waitSeconds?: number;
}

const CONNECT_TIMEOUT_MS = 2_000;
const POOL_SIZE = 10;
/** How long SQLite waits for another process at the start; later the query runner waits (sqlite-serialization.ts). */
const BUSY_TIMEOUT_MS = 5_000;

export function dataSourceOptions(options: DatabaseOptions): DataSourceOptions {
  const shared = {
    entities: ENTITIES,
    migrations: MIGRATIONS.map((each) =>
      resumableMigration(each, { name: each.name, isTolerant: true }),
    ),
    migrationsTableName: 'gatehouse_migrations',
    // The schema changes by migration only (S-157).
    synchronize: false,
    // Parameters of a failed query may be secrets; faults are logged where they are handled (S-146).
    logging: false,
    // A look-up with a missing value must never match the first row (S-134).
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
  } as const;

  const address = parseDatabaseUrl(options.url);
  if (address.type === 'better-sqlite3') {
    return {
      ...shared,
      type: address.type,
      driver: sqliteDriver(),
      database: address.file,
      enableWAL: true,
      timeout: BUSY_TIMEOUT_MS,
      // better-sqlite3 builds WAL with NORMAL, which may lose the last commits at a power cut.
      prepareDatabase: (database: { pragma(text: string): void }) => {
        database.pragma('synchronous = FULL');
      },
    };
  }
  return {
    ...shared,
    ...address,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: CONNECT_TIMEOUT_MS,
    poolSize: POOL_SIZE,
    ...(usesTls(options.tls, address) ? { ssl: tlsOptions(options) } : {}),
  };
}

/** Whether the connection to that server is encrypted. */
export function usesTls(tls: DatabaseOptions['tls'], { host, socketPath }: ServerAddress): boolean {
  if (tls !== 'auto') return tls === 'on';
  return socketPath === undefined && !['localhost', '127.0.0.1', '::1'].includes(host);
}

function tlsOptions({ caFile }: DatabaseOptions) {
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
  };
}
