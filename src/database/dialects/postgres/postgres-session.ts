import type { DataSource } from 'typeorm';
import { StartError } from '../../../common/errors/start.error.js';

/** A setting of a session that Gatehouse's guarantees depend on (S-205). */
export interface SessionSetting {
  readonly name: string;
  /** The value as the server shows it. */
  readonly value: string;
  /** Whether a host's sessions must have it too; the others are the host's choice, or set for each transaction. */
  readonly isForHosts: boolean;
}

const forBoth = { isForHosts: true };
const forOurs = { isForHosts: false };

export const SESSION_SETTINGS: readonly SessionSetting[] = [
  { name: 'client_encoding', value: 'UTF8', ...forBoth },
  { name: 'default_transaction_read_only', value: 'off', ...forBoth },
  // The rows of an account are deleted with it: foreign keys are triggers that `replica` turns off.
  { name: 'session_replication_role', value: 'origin', ...forBoth },
  { name: 'standard_conforming_strings', value: 'on', ...forBoth },
  // A comparison with a missing value matches nothing (S-134).
  { name: 'transform_null_equals', value: 'off', ...forBoth },
  { name: 'default_transaction_isolation', value: 'read committed', ...forOurs },
  // Longest wait for a lock, so that a repeat fits into the deadline of an operation, and that deadline itself: a
  // server that is told nothing goes on with a statement whose client has given up.
  { name: 'lock_timeout', value: '1s', ...forOurs },
  { name: 'statement_timeout', value: '4s', ...forOurs },
  { name: 'idle_in_transaction_session_timeout', value: '10s', ...forOurs },
];

/** DataSources whose sessions the service has set up itself, including the isolation level. */
export const preparedSessions = new WeakSet<DataSource>();

/** Whether every transaction of the DataSource is READ COMMITTED by default (S-183). */
export function isReadCommitted(dataSource: DataSource): boolean {
  return preparedSessions.has(dataSource);
}

/**
 * Checks the session settings that Gatehouse requires of a host; the host may choose all others (S-205).
 *
 * @throws StartError naming the setting
 */
export async function assertUsableSessions(dataSource: DataSource): Promise<void> {
  if (preparedSessions.has(dataSource)) return;
  const settings = await readSettings(dataSource);
  await assertPrimary(dataSource);
  await assertKnownValues(dataSource);
  const [fault] = [
    ...encodingFaults(settings),
    ...SESSION_SETTINGS.filter(({ isForHosts }) => isForHosts).flatMap((each) =>
      settingFaults(each, settings),
    ),
  ];
  if (fault !== undefined) throw new StartError(`the DataSource needs another setting: ${fault}`);
}

/** The settings of a session by their names, with all that {@link encodingFaults} and {@link settingFaults} need. */
export async function readSettings(
  dataSource: DataSource,
  others: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const names = [...SESSION_SETTINGS.map(({ name }) => name), 'server_encoding', ...others];
  const rows: { name: string; value: string }[] = await dataSource.query(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [names],
  );
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/**
 * Refuses a standby, which takes no writes. One that becomes the primary later is not waited for.
 *
 * @throws StartError
 */
export async function assertPrimary(dataSource: DataSource): Promise<void> {
  const [row]: { standby: boolean }[] = await dataSource.query(
    'SELECT pg_is_in_recovery() AS standby',
  );
  if (row?.standby === true) {
    throw new StartError('the database is a standby, which takes no writes: name the primary');
  }
}

/** A host may have replaced pg's parsers of values; a text would be a true boolean, whatever it says. */
async function assertKnownValues(dataSource: DataSource): Promise<void> {
  const [row]: Record<string, unknown>[] = await dataSource.query(
    'SELECT false AS no, true AS yes, 1::int4 AS one',
  );
  if (row?.['no'] === false && row['yes'] === true && row['one'] === 1) return;
  throw new StartError(
    'the DataSource reads booleans or integers as other values: leave the type parsers of pg for bool and int4 as they are',
  );
}

export function settingFaults(
  { name, value }: SessionSetting,
  settings: ReadonlyMap<string, string>,
): string[] {
  const found = settings.get(name);
  return found === value ? [] : [`${name} = ${value}, its sessions have ${found}`];
}

/** Another encoding of the database cannot hold every character. */
export function encodingFaults(settings: ReadonlyMap<string, string>): string[] {
  const found = settings.get('server_encoding');
  return found === 'UTF8'
    ? []
    : [
        `a database with ENCODING 'UTF8' (CREATE DATABASE … TEMPLATE template0), its own is ${found}`,
      ];
}
