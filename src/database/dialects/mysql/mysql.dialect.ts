import type { Dialect } from '../dialect.js';
import { assertUsableSessions, isReadCommitted } from './mysql-session.js';
import { runResumably } from './resumable-migration.js';

const UTF8 = { charset: 'utf8mb4', collation: 'utf8mb4_bin' };
const ASCII = { charset: 'ascii', collation: 'ascii_bin' };

/** MariaDB and MySQL. */
export const MYSQL: Dialect = {
  types: ['mysql', 'mariadb'],
  assertUsable: assertUsableSessions,
  isReadCommitted,
  hasRowLocks: true,
  // Both servers have this older form; MariaDB has no FOR SHARE, which TypeORM sends it under the type `mysql`.
  shareClause: ' LOCK IN SHARE MODE',
  incrementType: 'bigint',

  async discard(runner) {
    const connection = (await runner.connect()) as { destroy(): void };
    connection.destroy();
  },

  collationOf: (characters) => (characters === 'ascii' ? ASCII : UTF8),
  referenceCollation: ASCII,

  async foldingColumns(runner, tablePath) {
    const [table, database] = tablePath.split('.').reverse();
    const rows = (await runner.query(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? AND collation_name NOT LIKE '%\\_bin'`,
      [database ?? null, table],
    )) as { name: string }[];
    return rows.map(({ name }) => name);
  },

  mendColumn(table, column, type, { isText, isId, isNullable }) {
    const { charset, collation } = isId ? ASCII : UTF8;
    const characters = isText ? ` CHARACTER SET ${charset} COLLATE ${collation}` : '';
    return `ALTER TABLE ${table} MODIFY ${column} ${type}${characters}${isNullable ? '' : ' NOT NULL'}`;
  },

  runMigration: runResumably,
};
