import { createTestDatabase, type DatabaseKind, type TestDatabase } from './database.ts';
import { editionOf } from './postgres-programs.ts';
import { askSupervisor } from './supervisor.ts';

/** Suites about the first start of a service on an empty database. */
const ABOUT_FIRST_STARTS = /^test\/(database|start|speed|shutdown)\//;

/**
 * Creates a database for a service: its tables are copied where that is cheaper than making them, which takes a fifth of a
 * start on SQLite and a third on PostgreSQL.
 */
export async function createServiceDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const { TEST_FILE = '', TEST_SHARED_SERVICES: supervisor } = process.env;
  if (kind === 'mariadb' || !supervisor || !TEST_FILE || ABOUT_FIRST_STARTS.test(TEST_FILE)) {
    return createTestDatabase(kind);
  }
  const edition = kind === 'postgres' ? `/${editionOf()}` : '';
  const template = await askSupervisor(`/migrated/${kind}${edition}`);
  return createTestDatabase(kind, undefined, template);
}
