import type { DataSource } from 'typeorm';
import { StartError } from '../../../common/errors/start.error.js';

/** Journal modes with which a kill in the middle of a commit can break the file. */
const UNSAFE_JOURNALS: ReadonlySet<unknown> = new Set(['off', 'memory']);

/**
 * Checks the pragmas that Gatehouse relies on (S-205): the rows of an account are deleted with it, writes are possible,
 * and a kill leaves the file intact. Their defaults depend on how SQLite was built.
 *
 * @throws StartError naming the pragma
 */
export async function assertUsableSqlite(dataSource: DataSource): Promise<void> {
  const read = async (pragma: string) => {
    const [row]: Record<string, unknown>[] = await dataSource.query(`PRAGMA ${pragma}`);
    return row?.[pragma];
  };
  if ((await read('foreign_keys')) !== 1) refuse('foreign_keys = ON');
  if ((await read('query_only')) !== 0) refuse('query_only = OFF');
  if ((await read('ignore_check_constraints')) !== 0) refuse('ignore_check_constraints = OFF');
  const [main]: { file: string }[] = await dataSource.query('PRAGMA database_list');
  const isInMemory = main?.file === '';
  if (!isInMemory && UNSAFE_JOURNALS.has(await read('journal_mode'))) refuse('journal_mode = WAL');
  if (!isInMemory && (await read('synchronous')) === 0) refuse('synchronous = FULL');
}

function refuse(wanted: string): never {
  throw new StartError(
    `the DataSource needs PRAGMA ${wanted}: leave out what turns it off, in prepareDatabase perhaps`,
  );
}
