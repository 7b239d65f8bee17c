import type { DataSource } from 'typeorm';
import { StartError } from '../../../common/errors/start.error.js';
import {
  HARMFUL_SQL_MODES,
  MIN_PACKET_BYTES,
  READING_SETTINGS,
  SESSION_SETTINGS,
  SETTING_NAMES,
} from './mysql-settings.js';

export type Variables = ReadonlyMap<string, string>;

const HOW_TO_SET = 'set it on the server or for each of its connections';

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
  await assertReadable(dataSource);
  const variables = await readVariables(dataSource);
  const unmet = SESSION_SETTINGS.find((each) => each.isForHosts && !isMet(each, variables));
  if (unmet) {
    const name = knownName(unmet.names, variables);
    const advice = name.startsWith('character_set_') ? "give it charset: 'utf8mb4'" : HOW_TO_SET;
    throw new StartError(
      `the DataSource needs ${name} = ${unmet.shown}, its sessions have ${variables.get(name)}: ${advice}`,
    );
  }
  const fault = modeFault(variables) ?? packetFault(variables);
  if (fault !== undefined) throw new StartError(`the DataSource needs another setting: ${fault}`);
}

async function assertReadable(dataSource: DataSource): Promise<void> {
  const [row]: { limit: string | number; big: string | number }[] = await dataSource.query(
    'SELECT @@sql_select_limit AS `limit`, @@sql_big_selects AS big',
  );
  const found = `sql_select_limit = ${String(row?.limit ?? 0)}, sql_big_selects = ${String(row?.big ?? 0)}`;
  if (found === READING_SETTINGS) return;
  throw new StartError(
    `the DataSource needs ${READING_SETTINGS}, its sessions have ${found}: ${HOW_TO_SET}`,
  );
}

/** @param others variables to read besides those of {@link SESSION_SETTINGS} */
export async function readVariables(
  dataSource: DataSource,
  others: readonly string[] = [],
): Promise<Variables> {
  const names = [...SETTING_NAMES, 'sql_mode', 'max_allowed_packet', ...others];
  const rows: { Variable_name: string; Value: string }[] = await dataSource.query(
    `SHOW SESSION VARIABLES WHERE Variable_name IN (${names.map((name) => `'${name}'`).join()})`,
  );
  return new Map(rows.map(({ Variable_name: name, Value: value }) => [name.toLowerCase(), value]));
}

/** Picks the name that the server knows: MySQL 8 and MariaDB 11.1 renamed some variables. */
export function knownName(names: readonly [string, ...string[]], variables: Variables): string {
  return names.find((name) => variables.has(name)) ?? names[0];
}

export function isMet(
  { names, shown }: { names: readonly [string, ...string[]]; shown: string },
  variables: Variables,
): boolean {
  return variables.get(knownName(names, variables)) === shown;
}

function modeFault(variables: Variables): string | undefined {
  const modes = (variables.get('sql_mode') ?? '').split(',');
  const harmful = HARMFUL_SQL_MODES.find((mode) => modes.includes(mode));
  if (harmful !== undefined) return `an sql_mode without ${harmful}`;
  const isStrict = modes.some((mode) => /^STRICT_(ALL|TRANS)_TABLES$/.test(mode));
  return isStrict ? undefined : 'a strict sql_mode, so that text is not cut silently';
}

export function packetFault(variables: Variables): string | undefined {
  const bytes = Number(variables.get('max_allowed_packet'));
  return bytes < MIN_PACKET_BYTES
    ? `max_allowed_packet of ${MIN_PACKET_BYTES} or more on the server`
    : undefined;
}
