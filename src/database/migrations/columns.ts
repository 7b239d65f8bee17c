import type { QueryRunner, TableColumnOptions } from 'typeorm';
import { dataSourceOf } from '../data-source-of.js';
import type { TextCollation } from '../dialects/dialect.js';
import { dialectOf } from '../dialects/dialect-of.js';

export const ID_LENGTH = 36;

/** Columns that behave alike on every engine. */
export interface PortableColumns {
  /** Ids, digests and tokens: ASCII, compared byte by byte (S-182). */
  ascii(name: string, length: number): TableColumnOptions;
  /** Text for people: any script, compared byte by byte, so that no collation merges two values (S-113). */
  text(name: string, length: number): TableColumnOptions;
  /** A host's reference to an id. */
  reference(name: string): TableColumnOptions;
  milliseconds(name: string): TableColumnOptions;
  /** A primary key that counts up. */
  increment(name: string): TableColumnOptions;
  /** A count or number of a row beyond 32 bits. */
  bigInteger(name: string): TableColumnOptions;
  boolean(name: string): TableColumnOptions;
  integer(name: string): TableColumnOptions;
}

export function portableColumns(runner: QueryRunner): PortableColumns {
  const dataSource = dataSourceOf(runner);
  const dialect = dialectOf(dataSource);
  const varchar = (name: string, length: number, collation: TextCollation) => ({
    name,
    // The database's own name of the type: where TypeORM sees another one, it drops a changed column with its values.
    type: dataSource.driver.normalizeType({ type: String }),
    length: String(length),
    ...collation,
  });
  return {
    ascii: (name, length) => varchar(name, length, dialect.collationOf('ascii')),
    text: (name, length) => varchar(name, length, dialect.collationOf('any')),
    reference: (name) => varchar(name, ID_LENGTH, dialect.referenceCollation),
    milliseconds: (name) => ({ name, type: 'bigint' }),
    increment: (name) => ({
      name,
      type: dialect.incrementType,
      isPrimary: true,
      isGenerated: true,
      generationStrategy: 'increment',
    }),
    bigInteger: (name) => ({ name, type: 'bigint' }),
    boolean: (name) => ({ name, type: dataSource.driver.normalizeType({ type: Boolean }) }),
    integer: (name) => ({ name, type: dataSource.driver.normalizeType({ type: Number }) }),
  };
}
