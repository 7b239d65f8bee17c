import type { DataSource } from 'typeorm';
import type { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { StartError } from '../../../../common/errors/start.error.js';
import {
  isMet,
  knownName,
  packetFault,
  preparedSessions,
  readVariables,
  type Variables,
} from '../../../../database/dialects/mysql/mysql-session.js';
import {
  MIN_PACKET_BYTES,
  READING_SETTINGS,
  SESSION_SETTINGS,
} from '../../../../database/dialects/mysql/mysql-settings.js';
import { warnOfLoss, type DurableSettings } from '../warn-of-loss.js';

interface Connection {
  query(sql: string, callback: (error: Error | null) => void): void;
  destroy(): void;
}

interface Pool {
  on(event: 'connection', listener: (connection: Connection) => void): void;
}

/** Strict for every table, without the modes that change how a statement is parsed. */
const SQL_MODE = 'TRADITIONAL';

/** A session cannot set them; an operator may choose otherwise in a cluster that stores each commit on several nodes. */
const DURABLE: DurableSettings = {
  innodb_flush_log_at_trx_commit: ['1', '3'],
  innodb_doublewrite: ['ON', 'DETECT_AND_RECOVER', 'DETECT_ONLY', 'FAST', '1'],
};

/**
 * Applies the session settings to the current connection and to every connection that the pool opens from now on,
 * whatever the server's defaults and its `init_connect` are (S-138, S-182, S-183, S-205).
 *
 * @throws StartError naming the setting that the server does not accept
 */
export async function prepareMysqlSessions(dataSource: DataSource): Promise<void> {
  const pool = (dataSource.driver as MysqlDriver).pool as Pool;
  const settings = await settingsFor(dataSource);
  // Queued before the statement for which the connection was opened.
  pool.on('connection', (connection) => {
    connection.query(settings, (error) => error && connection.destroy());
  });
  await dataSource.query(settings);
  const variables = await readVariables(dataSource, [
    ...Object.keys(DURABLE),
    'character_set_database',
  ]);
  assertSession(variables, String((dataSource.driver as MysqlDriver).database));
  warnOfLoss(variables, DURABLE);
  preparedSessions.add(dataSource);
}

async function settingsFor(dataSource: DataSource): Promise<string> {
  await dataSource.query(`SET SESSION ${READING_SETTINGS}`);
  const variables = await readVariables(dataSource);
  const each = SESSION_SETTINGS.map(
    ({ names, value }) => `${knownName(names, variables)} = ${value}`,
  );
  return `SET SESSION sql_mode = '${SQL_MODE}', ${each.join(', ')}`;
}

function assertSession(variables: Variables, database: string): void {
  const unmet = SESSION_SETTINGS.filter((setting) => !isMet(setting, variables)).map(
    ({ names, shown }) => `${knownName(names, variables)} is not ${shown}`,
  );
  const faults = [
    ...unmet,
    variables.get('sql_mode')?.includes('STRICT_ALL_TABLES') ? '' : 'sql_mode is not strict',
    variables.get('character_set_database') === 'utf8mb4'
      ? ''
      : `the database is not utf8mb4 (ALTER DATABASE \`${database.replaceAll('`', '``')}\` CHARACTER SET utf8mb4)`,
    packetFault(variables) === undefined
      ? ''
      : `max_allowed_packet of the server is below ${MIN_PACKET_BYTES}`,
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new StartError(`DATABASE_URL: ${faults.join(', ')}`);
}
