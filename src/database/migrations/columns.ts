import type { QueryRunner, TableColumnOptions } from 'typeorm';
import { dialectOf } from '../dialects/dialect-of.js';

/** Columns that behave alike on every engine. */
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
  const dialect = dialectOf(dataSource);
  const varchar = (name: string, length: number, characters: 'ascii' | 'any') => ({
    name,
    // The database's own name of the type: where TypeORM sees another one, it drops a changed column with its values.
    type: dataSource.driver.normalizeType({ type: String }),
    length: String(length),
    ...dialect.collationOf(characters),
  });
  return {
    ascii: (name, length) => varchar(name, length, 'ascii'),
    text: (name, length) => varchar(name, length, 'any'),
    milliseconds: (name) => ({ name, type: 'bigint' }),
    boolean: (name) => ({ name, type: dataSource.driver.normalizeType({ type: Boolean }) }),
    integer: (name) => ({ name, type: dataSource.driver.normalizeType({ type: Number }) }),
  };
}
