/** A session variable that Gatehouse's guarantees depend on (S-205). */
export interface SessionSetting {
  /** Newest name first; a server knows one or both. */
  readonly names: readonly [string, ...string[]];
  /** The value in SQL. */
  readonly value: string;
  /** The value as the server shows it. */
  readonly shown: string;
  /** Whether a host's sessions must have it too; the others are the host's choice, or set for each transaction. */
  readonly isForHosts: boolean;
}

/** Longest waits for a row lock and a metadata lock, in seconds, so that a repeat fits into the deadline. */
const ROW_LOCK_SECONDS = 1;
const TABLE_LOCK_SECONDS = 2;
/** How long the pool may keep an idle connection. */
const IDLE_SECONDS = 28_800;
/** The server's value for no limit. */
const NO_LIMIT = '18446744073709551615';

const forBoth = { isForHosts: true };
const forOurs = { isForHosts: false };

export const SESSION_SETTINGS: readonly SessionSetting[] = [
  // A query returns all rows.
  { names: ['sql_select_limit'], value: NO_LIMIT, shown: NO_LIMIT, ...forBoth },
  // A single statement commits by itself, before its answer.
  { names: ['autocommit'], value: '1', shown: 'ON', ...forBoth },
  // A COMMIT ends the transaction, and neither begins one nor closes the connection.
  { names: ['completion_type'], value: '0', shown: 'NO_CHAIN', ...forBoth },
  { names: ['transaction_read_only', 'tx_read_only'], value: '0', shown: 'OFF', ...forBoth },
  // The rows of an account are deleted with it, and no email address is used twice.
  { names: ['foreign_key_checks'], value: '1', shown: 'ON', ...forBoth },
  { names: ['unique_checks'], value: '1', shown: 'ON', ...forBoth },
  { names: ['sql_safe_updates'], value: '0', shown: 'OFF', ...forBoth },
  { names: ['sql_auto_is_null'], value: '0', shown: 'OFF', ...forBoth },
  { names: ['sql_big_selects'], value: '1', shown: 'ON', ...forBoth },
  { names: ['character_set_client'], value: "'utf8mb4'", shown: 'utf8mb4', ...forBoth },
  { names: ['character_set_connection'], value: "'utf8mb4'", shown: 'utf8mb4', ...forBoth },
  { names: ['character_set_results'], value: "'utf8mb4'", shown: 'utf8mb4', ...forBoth },
  { names: ['time_zone'], value: "'+00:00'", shown: '+00:00', ...forOurs },
  {
    names: ['transaction_isolation', 'tx_isolation'],
    value: "'READ-COMMITTED'",
    shown: 'READ-COMMITTED',
    ...forOurs,
  },
  { names: ['innodb_lock_wait_timeout'], ...seconds(ROW_LOCK_SECONDS), ...forOurs },
  { names: ['lock_wait_timeout'], ...seconds(TABLE_LOCK_SECONDS), ...forOurs },
  { names: ['wait_timeout'], ...seconds(IDLE_SECONDS), ...forOurs },
];

/** Without these, the other settings cannot be read; they are set and checked first. */
export const READING_SETTINGS = `sql_select_limit = ${NO_LIMIT}, sql_big_selects = 1`;

/** All names, for every server version. */
export const SETTING_NAMES: readonly string[] = SESSION_SETTINGS.flatMap(({ names }) => names);

/** Modes that change how text is stored or how a statement is parsed. */
export const HARMFUL_SQL_MODES: readonly string[] = [
  'NO_BACKSLASH_ESCAPES',
  'EMPTY_STRING_IS_NULL',
  'ANSI_QUOTES',
];

/** The largest statement, in bytes, that a server must accept. */
export const MIN_PACKET_BYTES = 1024 * 1024;

function seconds(count: number): { readonly value: string; readonly shown: string } {
  return { value: String(count), shown: String(count) };
}
