/** A variable of a session that something we promise rests on (S-205). */
export interface SessionSetting {
  /** Newest name first; a server knows one or both. */
  readonly names: readonly [string, ...string[]];
  /** As SQL. */
  readonly value: string;
  /** As the server shows it. */
  readonly shown: string;
  /** Whether a host's sessions must have it as well; the others are the host's affair, or set for each transaction. */
  readonly isForHosts: boolean;
}

/** Longest waits for the lock of a row and of a table's definition, in seconds: a repeat fits into a deadline. */
const ROW_LOCK_SECONDS = 1;
const TABLE_LOCK_SECONDS = 2;
/** How long the pool may keep a connection that nobody uses. */
const IDLE_SECONDS = 28_800;
/** As many as there are: what a server means by no limit. */
const NO_LIMIT = '18446744073709551615';

const forBoth = { isForHosts: true };
const forOurs = { isForHosts: false };

export const SESSION_SETTINGS: readonly SessionSetting[] = [
  // A look-up sees every row that there is.
  { names: ['sql_select_limit'], value: NO_LIMIT, shown: NO_LIMIT, ...forBoth },
  // A statement by itself is kept, and an answer is given after its commit.
  { names: ['autocommit'], value: '1', shown: 'ON', ...forBoth },
  // A COMMIT ends the transaction, and neither begins one nor closes the connection.
  { names: ['completion_type'], value: '0', shown: 'NO_CHAIN', ...forBoth },
  { names: ['transaction_read_only', 'tx_read_only'], value: '0', shown: 'OFF', ...forBoth },
  // What belongs to an account goes with it, and no address is taken twice.
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

/** Without these not even the settings can be read; set and checked before the others. */
export const READING_SETTINGS = `sql_select_limit = ${NO_LIMIT}, sql_big_selects = 1`;

/** Every name, of whichever server. */
export const SETTING_NAMES: readonly string[] = SESSION_SETTINGS.flatMap(({ names }) => names);

/** Modes under which text is not stored, or a statement not read, as it was meant. */
export const HARMFUL_SQL_MODES: readonly string[] = [
  'NO_BACKSLASH_ESCAPES',
  'EMPTY_STRING_IS_NULL',
  'ANSI_QUOTES',
];

/** The largest statement, in bytes, that a server must take. */
export const MIN_PACKET_BYTES = 1024 * 1024;

function seconds(count: number): { readonly value: string; readonly shown: string } {
  return { value: String(count), shown: String(count) };
}
