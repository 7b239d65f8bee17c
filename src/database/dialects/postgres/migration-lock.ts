import type { QueryRunner } from 'typeorm';
import { StartError } from '../../../common/errors/start.error.js';
import { isRepeatable } from '../../database-errors.js';

/** Any number that other users of advisory locks in the database are unlikely to take: the bytes of "gatehous". */
const LOCK = 0x67_61_74_65_68_6f_75_73n;

/** Altering a large table takes minutes, after a wait for its current users or for another instance. */
const TIME_LIMITS: Readonly<Record<string, string>> = {
  lock_timeout: '60s',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/**
 * Runs work in the open transaction of `runner` while no other instance migrates this database, with longer time limits.
 * The lock belongs to the transaction: it ends with it, also when the process is killed, and holds behind a pooler that
 * gives each transaction another connection.
 *
 * @throws StartError when another instance is still at work after a minute
 */
export async function whileMigrationsLocked<T>(
  runner: QueryRunner,
  work: () => Promise<T>,
): Promise<T> {
  const before = await setLimits(runner, TIME_LIMITS);
  await lock(runner);
  const result = await work();
  // Later statements of the transaction may be a host's own.
  await setLimits(runner, before);
  return result;
}

/**
 * As {@link whileMigrationsLocked}, in a transaction of its own.
 *
 * @throws as {@link whileMigrationsLocked}
 */
export async function inLockedTransaction(
  runner: QueryRunner,
  work: () => Promise<unknown>,
): Promise<void> {
  await runner.startTransaction('READ COMMITTED');
  try {
    await whileMigrationsLocked(runner, work);
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

async function lock(runner: QueryRunner): Promise<void> {
  try {
    await runner.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
  } catch (error) {
    if (!isRepeatable(error)) throw error;
    throw new StartError('another instance is still migrating: start again when it is done', {
      cause: error,
    });
  }
}

/** Sets time limits for the rest of the transaction, and returns the former ones. */
async function setLimits(
  runner: QueryRunner,
  limits: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const names = Object.keys(limits);
  const rows = (await runner.query(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [names],
  )) as { name: string; value: string }[];
  await runner.query(
    'SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS limits (name, value)',
    [names, Object.values(limits)],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
