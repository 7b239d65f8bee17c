import type { Table, TableColumn, TableForeignKey, TableIndex } from 'typeorm';

/** Whether a table of the database has the columns, indexes and foreign keys of a description, and no others. */
export function isSameTable(existing: Table, described: Table): boolean {
  return shapeOf(existing) === shapeOf(described);
}

function shapeOf({ columns, indices, foreignKeys }: Table): string {
  return JSON.stringify([
    columns.map(columnShape).sort(),
    indices.map(indexShape).sort(),
    foreignKeys.map(foreignKeyShape).sort(),
  ]);
}

function columnShape({ name, type, isNullable, isPrimary }: TableColumn): string {
  return [name, type, isNullable, isPrimary].join();
}

function indexShape({ name, columnNames, isUnique }: TableIndex): string {
  return [name, isUnique, ...columnNames].join();
}

function foreignKeyShape({ name, columnNames, referencedColumnNames }: TableForeignKey): string {
  return [name, ...columnNames, ...referencedColumnNames].join();
}
