import type { QueryRunner } from 'typeorm';
import { StartError } from '../../../common/errors/start.error.js';
import { isRepeatable } from '../../database-errors.js';

/** Any number that other users of advisory locks in the database are unlikely to take: the bytes of "gatehous". */
const LOCK = 0x67_61_74_65_68_6f_75_73n;
/** How long to wait for another instance. */
const WAIT = '60s';

/**
 * Waits until no other instance migrates this database. The lock belongs to the transaction of `runner`: it ends with
 * it, also when the process is killed, and holds behind a pooler that gives each transaction another connection.
 *
 * @throws StartError when another instance is still at work after a minute
 */
export async function lockMigrations(runner: QueryRunner): Promise<void> {
  const [before] = (await runner.query(
    "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement",
  )) as { lock: string; statement: string }[];
  await setTimeouts(runner, WAIT, '0');
  try {
    await runner.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
  } catch (error) {
    if (!isRepeatable(error)) throw error;
    throw new StartError('another instance is still migrating: start again when it is done', {
      cause: error,
    });
  }
  await setTimeouts(runner, before?.lock ?? '0', before?.statement ?? '0');
}

/** Sets both for the rest of the transaction. */
async function setTimeouts(runner: QueryRunner, lock: string, statement: string): Promise<void> {
  await runner.query(
    "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)",
    [lock, statement],
  );
}
