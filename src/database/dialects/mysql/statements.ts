import { QueryFailedError } from 'typeorm';

/** A statement in TypeORM's form, as it is stored. */
export interface Statement {
  readonly query: string;
  readonly parameters?: unknown[] | undefined;
  /** Whether the database refused it. */
  readonly isRefused?: boolean;
}

/**
 * Errors of MySQL and MariaDB for a change of the schema that was made already: the database, table, column, index,
 * primary key or foreign key exists, or there is nothing left to drop. A foreign key can also fail with errno 121.
 */
const ALREADY_DONE: ReadonlySet<unknown> = new Set([
  1007, // ER_DB_CREATE_EXISTS
  1008, // ER_DB_DROP_EXISTS
  1050, // ER_TABLE_EXISTS_ERROR
  1051, // ER_BAD_TABLE_ERROR
  1054, // ER_BAD_FIELD_ERROR: a column that was renamed
  1060, // ER_DUP_FIELDNAME
  1061, // ER_DUP_KEYNAME
  1068, // ER_MULTIPLE_PRI_KEY
  1091, // ER_CANT_DROP_FIELD_OR_KEY
  1146, // ER_NO_SUCH_TABLE: a table that was renamed
  1826, // ER_FK_DUP_NAME
  3822, // ER_CHECK_CONSTRAINT_DUP_NAME
  4092, // ER_UNKNOWN_VIEW of MariaDB
]);

/** Whether a change of the schema failed because it was made before. */
export function isAlreadyDone(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { errno } = error.driverError as NodeJS.ErrnoException;
  return ALREADY_DONE.has(errno) || (errno === 1005 && /errno: 121\b/.test(error.message));
}

/**
 * Classifies a statement: a change of the schema commits by itself on MySQL and MariaDB, a change of rows belongs in a
 * transaction.
 */
export function kindOf(sql: string): 'read' | 'rows' | 'schema' {
  const verb = /^[\s(]*(?:\/\*.*?\*\/\s*)*(\w+)/s.exec(sql)?.[1]?.toUpperCase() ?? '';
  if (/^(INSERT|UPDATE|DELETE|REPLACE|LOAD|CALL|DO)$/.test(verb)) return 'rows';
  if (verb === 'WITH') return /\b(UPDATE|DELETE)\b/i.test(sql) ? 'rows' : 'read';
  return /^(SELECT|SHOW|DESC|DESCRIBE|EXPLAIN|SET|USE|VALUES|TABLE)$/.test(verb)
    ? 'read'
    : 'schema';
}
