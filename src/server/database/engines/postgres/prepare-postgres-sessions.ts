import type { DataSource } from 'typeorm';
import type { ClientBase, QueryConfig } from 'pg';
import { StartError } from '../../../../common/errors/start.error.js';
import {
  assertPrimary,
  encodingFaults,
  preparedSessions,
  readSettings,
  SESSION_SETTINGS,
  settingFaults,
} from '../../../../database/dialects/postgres/postgres-session.js';
import { warnOfLoss, type DurableSettings } from '../warn-of-loss.js';

/** An operator may choose otherwise, for example in a cluster that stores each commit on several nodes. */
const DURABLE: DurableSettings = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'local', 'remote_write', 'remote_apply'],
};

/** How long a server may take for the session settings. */
const ANSWER_LIMIT_MS = 4_000;

/**
 * Checked, but not set: the first may be set by administrators only, even to its own default; by the second, operators
 * and providers make a database read-only that is moved or whose disk is full.
 */
const NOT_SET: ReadonlySet<string> = new Set([
  'session_replication_role',
  'default_transaction_read_only',
]);

/** Time limits that end a session or a transaction; older servers do not know all of them. */
const NO_LIMIT = "name IN ('idle_session_timeout', 'transaction_timeout')";

const SET_SESSION = [
  ...SESSION_SETTINGS.filter(({ name }) => !NOT_SET.has(name))
    // First, because the default of the role may be too short for the other statements.
    .toSorted((one, other) => rank(one.name) - rank(other.name))
    .map(({ name, value }) => `SET ${name} = '${value}'`),
  `SELECT set_config(name, '0', false) FROM pg_settings WHERE ${NO_LIMIT}`,
].join('; ');

function rank(name: string): number {
  return name === 'statement_timeout' ? 0 : 1;
}

/** Applies the session settings to a new connection, whatever the defaults of server, database and role are. */
export async function setSession(client: ClientBase): Promise<void> {
  // The pool's own limit ends before this query begins.
  await client.query({ text: SET_SESSION, query_timeout: ANSWER_LIMIT_MS } as QueryConfig);
}

/**
 * Checks that the sessions have the settings of {@link setSession} and those of {@link NOT_SET} (S-138, S-182, S-183,
 * S-205).
 *
 * @throws StartError naming the setting
 */
export async function preparePostgresSessions(dataSource: DataSource): Promise<void> {
  await assertPrimary(dataSource);
  const settings = await readSettings(dataSource, Object.keys(DURABLE));
  const [fault] = [
    ...encodingFaults(settings),
    ...SESSION_SETTINGS.flatMap((each) => settingFaults(each, settings)).map(setByRole),
    ...(await remainingLimits(dataSource)).map(setByRole),
  ];
  if (fault !== undefined) throw new StartError(`DATABASE_URL: Gatehouse needs ${fault}`);
  warnOfLoss(settings, DURABLE);
  // Behind a pooler in transaction mode other sessions have the defaults; then each transaction sets its own level.
  if (await isReadCommittedByDefault(dataSource)) preparedSessions.add(dataSource);
}

async function isReadCommittedByDefault(dataSource: DataSource): Promise<boolean> {
  const [row]: { level: string }[] = await dataSource.query(
    "SELECT reset_val AS level FROM pg_settings WHERE name = 'default_transaction_isolation'",
  );
  return row?.level === 'read committed';
}

/** A pooler in transaction mode gives the session that was set up to other clients too. */
function setByRole(fault: string): string {
  return `${fault}: set it for the role (ALTER ROLE … SET)`;
}

async function remainingLimits(dataSource: DataSource): Promise<string[]> {
  const rows: { name: string }[] = await dataSource.query(
    `SELECT name FROM pg_settings WHERE ${NO_LIMIT} AND setting <> '0'`,
  );
  return rows.map(({ name }) => `${name} = 0, its sessions have another value`);
}
