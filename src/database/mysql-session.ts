import { Logger } from '@nestjs/common';
import type { DataSource, QueryRunner } from 'typeorm';
import type { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { StartError } from '../common/errors/start.error.js';
import {
  DURABLE,
  HARMFUL_SQL_MODES,
  MIGRATION_SETTINGS,
  MIN_PACKET_BYTES,
  READING_SETTINGS,
  SESSION_SETTINGS,
  SETTING_NAMES,
  SQL_MODE,
} from './mysql-settings.js';

interface Connection {
  query(sql: string, callback: (error: Error | null) => void): void;
  release(): void;
  destroy(): void;
}

interface Pool {
  on(event: 'connection', listener: (connection: Connection) => void): void;
  getConnection(callback: (error: Error | null, connection: Connection) => void): void;
}

type Variables = ReadonlyMap<string, string>;

const ON_ITS_SIDE = 'set it on the server or for each of its connections';

/** DataSources whose sessions we set up ourselves, isolation level included. */
const prepared = new WeakSet<DataSource>();

/** Whether every transaction of the DataSource is READ COMMITTED by itself (S-183). */
export function isReadCommitted(dataSource: DataSource): boolean {
  return prepared.has(dataSource) || dataSource.options.type === 'better-sqlite3';
}

/**
 * What a host's sessions must keep for us; their other settings are its own affair (S-205).
 *
 * @throws StartError naming the setting
 */
export async function assertUsableSessions(dataSource: DataSource): Promise<void> {
  if (prepared.has(dataSource)) return;
  await assertReadable(dataSource);
  const variables = await readVariables(dataSource);
  const unmet = SESSION_SETTINGS.find((each) => each.isForHosts && !isMet(each, variables));
  if (unmet) {
    const name = knownName(unmet.names, variables);
    const mend = name.startsWith('character_set_') ? "give it charset: 'utf8mb4'" : ON_ITS_SIDE;
    throw new StartError(
      `the DataSource needs ${name} = ${unmet.shown}, its sessions have ${variables.get(name)}: ${mend}`,
    );
  }
  const fault = modeFault(variables) ?? packetFault(variables);
  if (fault !== undefined) throw new StartError(`the DataSource needs another setting: ${fault}`);
}

/**
 * Settings for every connection the pool opens from now on, and for the one it has: whatever the server's defaults
 * and its `init_connect` are (S-138, S-182, S-183, S-205).
 *
 * @throws StartError naming the setting, when the server does not keep what we rely on
 */
export async function prepareMysqlSessions(dataSource: DataSource): Promise<void> {
  const pool = (dataSource.driver as MysqlDriver).pool as Pool;
  const settings = await settingsFor(dataSource);
  // Queued before whatever the connection was opened for.
  pool.on('connection', (connection) => {
    connection.query(settings, (error) => error && connection.destroy());
  });
  await dataSource.query(settings);
  const variables = await readVariables(dataSource);
  assertSession(variables);
  warnOfLoss(variables);
  prepared.add(dataSource);
}

/** Runs a migration on a connection of ours with the time that it needs, and gives the connection back as it was. */
export async function withTimeToMigrate(
  runner: QueryRunner,
  run: () => Promise<void>,
): Promise<void> {
  const rows = (await runner.query(
    `SHOW VARIABLES WHERE Variable_name IN (${quoted(Object.keys(MIGRATION_SETTINGS))})`,
  )) as { Variable_name: string; Value: string }[];
  const set = (value: (row: (typeof rows)[number]) => string | undefined) =>
    runner.query(`SET SESSION ${rows.map((row) => `${row.Variable_name} = ${value(row)}`).join()}`);
  await set((row) => MIGRATION_SETTINGS[row.Variable_name]);
  try {
    await run();
  } finally {
    await set((row) => row.Value).catch(() => undefined);
  }
}

async function settingsFor(dataSource: DataSource): Promise<string> {
  await dataSource.query(`SET SESSION ${READING_SETTINGS}`);
  const variables = await readVariables(dataSource);
  const each = SESSION_SETTINGS.map(
    ({ names, value }) => `${knownName(names, variables)} = ${value}`,
  );
  return `SET SESSION sql_mode = '${SQL_MODE}', ${each.join(', ')}`;
}

async function assertReadable(dataSource: DataSource): Promise<void> {
  const [row]: { limit: string | number; big: string | number }[] = await dataSource.query(
    'SELECT @@sql_select_limit AS `limit`, @@sql_big_selects AS big',
  );
  const found = `sql_select_limit = ${String(row?.limit ?? 0)}, sql_big_selects = ${String(row?.big ?? 0)}`;
  if (found === READING_SETTINGS) return;
  throw new StartError(
    `the DataSource needs ${READING_SETTINGS}, its sessions have ${found}: ${ON_ITS_SIDE}`,
  );
}

async function readVariables(dataSource: DataSource): Promise<Variables> {
  const names = [
    ...SETTING_NAMES,
    ...Object.keys(DURABLE),
    'sql_mode',
    'max_allowed_packet',
    'character_set_database',
  ];
  const rows: { Variable_name: string; Value: string }[] = await dataSource.query(
    `SHOW SESSION VARIABLES WHERE Variable_name IN (${quoted(names)})`,
  );
  return new Map(rows.map(({ Variable_name: name, Value: value }) => [name.toLowerCase(), value]));
}

/** MySQL 8 and MariaDB 11.1 have new names for what older servers know by the old ones only. */
function knownName(names: readonly [string, ...string[]], variables: Variables): string {
  return names.find((name) => variables.has(name)) ?? names[0];
}

function isMet(
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

function packetFault(variables: Variables): string | undefined {
  const bytes = Number(variables.get('max_allowed_packet'));
  return bytes < MIN_PACKET_BYTES
    ? `max_allowed_packet of ${MIN_PACKET_BYTES} or more on the server`
    : undefined;
}

function assertSession(variables: Variables): void {
  const unmet = SESSION_SETTINGS.filter((setting) => !isMet(setting, variables)).map(
    ({ names, shown }) => `${knownName(names, variables)} is not ${shown}`,
  );
  const faults = [
    ...unmet,
    variables.get('sql_mode')?.includes('STRICT_ALL_TABLES') ? '' : 'sql_mode is not strict',
    variables.get('character_set_database') === 'utf8mb4' ? '' : 'the database is not utf8mb4',
    packetFault(variables) === undefined
      ? ''
      : `max_allowed_packet of the server is below ${MIN_PACKET_BYTES}`,
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new StartError(`DATABASE_URL: ${faults.join(', ')}`);
}

/** A commit that was answered may be gone after a crash of the server: the operator's choice, but a known one. */
function warnOfLoss(variables: Variables): void {
  for (const [name, safe] of Object.entries(DURABLE)) {
    const value = variables.get(name);
    if (value === undefined || safe.includes(value)) continue;
    new Logger('Database').warn(
      `${name} is ${value} on the database server: what was answered may be lost when it crashes`,
    );
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join();
}
