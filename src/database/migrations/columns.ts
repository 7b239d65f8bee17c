import type { QueryRunner, TableColumnOptions } from 'typeorm';

/** Columns that behave alike on SQLite and on MySQL/MariaDB. */
export interface PortableColumns {
  /** Ids, digests and tokens: ASCII, compared byte by byte (S-182). */
  ascii(name: string, length: number): TableColumnOptions;
  /** Text for people: any script, compared byte by byte, so that no collation merges two values (S-113). */
  text(name: string, length: number): TableColumnOptions;
  milliseconds(name: string): TableColumnOptions;
  boolean(name: string): TableColumnOptions;
  integer(name: string): TableColumnOptions;
}

export function portableColumns({ dataSource }: QueryRunner): PortableColumns {
  // SQLite compares bytes by default and has no character sets.
  const isSqlite = dataSource.options.type === 'better-sqlite3';
  const collated = (charset: string) => (isSqlite ? {} : { charset, collation: `${charset}_bin` });
  const varchar = (name: string, length: number, charset: string): TableColumnOptions => ({
    name,
    type: 'varchar',
    length: String(length),
    ...collated(charset),
  });
  return {
    ascii: (name, length) => varchar(name, length, 'ascii'),
    text: (name, length) => varchar(name, length, 'utf8mb4'),
    milliseconds: (name) => ({ name, type: 'bigint' }),
    boolean: (name) => ({ name, type: dataSource.driver.normalizeType({ type: Boolean }) }),
    integer: (name) => ({ name, type: dataSource.driver.normalizeType({ type: Number }) }),
  };
}
