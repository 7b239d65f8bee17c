import type { Dialect } from '../dialect.js';
import { assertUsableSessions, isReadCommitted } from './mysql-session.js';
import { runResumably } from './resumable-migration.js';

const ASCII = { charset: 'ascii', collation: 'ascii_bin' };

/** MariaDB and MySQL. */
export const MYSQL: Dialect = {
  types: ['mysql', 'mariadb'],
  assertUsable: assertUsableSessions,
  isReadCommitted,
  hasRowLocks: true,
  // Both servers have this older form; MariaDB has no FOR SHARE, which TypeORM sends it under the type `mysql`.
  shareClause: ' LOCK IN SHARE MODE',

  async discard(runner) {
    const connection = (await runner.connect()) as { destroy(): void };
    connection.destroy();
  },

  collationOf: (characters) =>
    characters === 'ascii' ? ASCII : { charset: 'utf8mb4', collation: 'utf8mb4_bin' },
  referenceCollation: ASCII,
  runMigration: runResumably,
};
