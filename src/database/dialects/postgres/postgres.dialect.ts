import type { Dialect } from '../dialect.js';
import { discard } from './discard.js';
import { updateJointly } from './joint-update.js';
import { oneAtATime } from './one-at-a-time.js';
import { runTransactionally } from './postgres-migration.js';
import { PostgresNotifications } from './postgres-notifications.js';
import { runPrepared } from './prepared-statements.js';
import { assertUsableSessions, isReadCommitted } from './postgres-session.js';

/** Members of pg's client. */
interface Client {
  /** Not in the native client. */
  readonly readyForQuery?: boolean;
  /** Newer versions have it. */
  getTransactionStatus?(): string | null;
}

export const POSTGRES: Dialect = {
  types: ['postgres'],
  assertUsable: assertUsableSessions,
  isReadCommitted,
  hasRowLocks: true,
  shareClause: ' FOR SHARE',
  incrementType: 'bigint',

  async isAborted(runner) {
    const client = (await runner.connect()) as Client;
    // pg passes an error on before the server has reported the state of the transaction.
    if (client.readyForQuery === true && client.getTransactionStatus) {
      return client.getTransactionStatus() === 'E';
    }
    // An aborted transaction refuses every statement.
    await runner.query('SELECT 1');
    return false;
  },

  isRollback: (answer) => (answer as { command?: string } | undefined)?.command === 'ROLLBACK',

  runPrepared,
  updateJointly,
  discard,

  async unlimited(dataSource, work) {
    return dataSource.transaction(async (manager) => {
      await manager.query('SET LOCAL statement_timeout = 0');
      return work(manager);
    });
  },

  collationOf: () => ({ collation: 'C' }),
  referenceCollation: {},

  async foldingColumns(runner, tablePath) {
    const rows = (await runner.query(
      `SELECT attname AS name FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation
       WHERE attrelid = CAST($1 AS regclass) AND attnum > 0 AND NOT attisdropped AND collname NOT IN ('C', 'POSIX')`,
      [
        tablePath
          .split('.')
          .map((part) => `"${part}"`)
          .join('.'),
      ],
    )) as { name: string }[];
    return rows.map(({ name }) => name);
  },

  mendColumn: (table, column, type, { isText }) =>
    `ALTER TABLE ${table} ALTER ${column} TYPE ${type}${isText ? ' COLLATE "C"' : ''}`,

  beforeSchemaReads: oneAtATime,
  runMigration: runTransactionally,
  instanceMessages: (dataSource) => new PostgresNotifications(dataSource),
};
