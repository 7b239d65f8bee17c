import type { Dialect } from '../dialect.js';
import { runTransactionally } from './postgres-migration.js';
import { PostgresNotifications } from './postgres-notifications.js';
import { assertUsableSessions, isReadCommitted } from './postgres-session.js';

/** The members of pg's client that are used here. */
interface Client {
  end(): Promise<void>;
  /** From version 8.17 on. */
  getTransactionStatus?(): string | null;
  readonly connection: { readonly stream: { destroy(): void } };
}

export const POSTGRES: Dialect = {
  types: ['postgres'],
  assertUsable: assertUsableSessions,
  isReadCommitted,
  hasRowLocks: true,
  shareClause: ' FOR SHARE',

  async isAborted(runner) {
    const client = (await runner.connect()) as Client;
    return client.getTransactionStatus?.() === 'E';
  },

  async discard(runner) {
    const client = (await runner.connect()) as Client;
    // The pool takes no client back that is ending. A server that does not answer would never close the connection.
    client.end().catch(() => undefined);
    client.connection.stream.destroy();
    await runner.release();
  },

  collationOf: () => ({ collation: 'C' }),
  referenceCollation: {},
  runMigration: runTransactionally,
  instanceMessages: (dataSource) => new PostgresNotifications(dataSource),
};
