import type { Dialect } from '../dialect.js';
import { GroupCommit } from './group-commit.js';
import {
  contained,
  followsCallers,
  serializeHostsSqlite,
  surroundingManager,
  transactionHolder,
} from './sqlite-callers.js';
import { runAtOnce } from './sqlite-migration.js';
import { assertUsableSqlite } from './sqlite-session.js';
import { assertUsableSqliteDriver } from './usable-sqlite-driver.js';

/** A file: one connection, and writers take turns. */
export const SQLITE: Dialect = {
  types: ['better-sqlite3'],

  async assertUsable(dataSource) {
    assertUsableSqliteDriver(dataSource);
    serializeHostsSqlite(dataSource);
    await assertUsableSqlite(dataSource);
  },

  // Transactions are serialised.
  isReadCommitted: () => true,
  hasRowLocks: false,
  shareClause: '',
  incrementType: 'integer',
  discard: () => Promise.resolve(),

  // SQLite compares bytes by default and has no character sets.
  collationOf: () => ({}),
  // With foreign keys on, DROP TABLE deletes the rows that refer to its rows.
  mendTable: (statements) =>
    statements.some((statement) => statement.startsWith('DROP TABLE'))
      ? ['PRAGMA foreign_keys = OFF', ...statements, 'PRAGMA foreign_keys = ON']
      : statements,
  referenceCollation: {},
  runMigration: runAtOnce,

  followsCallers,
  surroundingManager,
  transactionHolder,
  contained,
  groupCommits: (alone, together) => new GroupCommit(alone, together),
};
