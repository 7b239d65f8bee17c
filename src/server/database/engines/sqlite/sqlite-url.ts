export interface SqliteFile {
  readonly type: 'better-sqlite3';
  readonly file: string;
}

const SCHEME = 'sqlite:';

/**
 * Reads `sqlite:<file>`; `undefined` for another form.
 *
 * @throws Error that says what is wrong with the path
 */
export function readSqliteUrl(text: string): SqliteFile | undefined {
  if (!text.startsWith(SCHEME)) return undefined;
  const file = text.slice(SCHEME.length);
  if (file === '' || file.startsWith('//') || file.startsWith(':memory:')) return undefined;
  if (/\?|^file:|^~|^\s|\s$|[\p{Cc}\p{Cf}]/u.test(file)) {
    throw new Error('must name the SQLite file by its plain path, without ~ and parameters');
  }
  return { type: 'better-sqlite3', file };
}
