// What a database holds, asked of its own catalogue.
import type { TestDatabase } from './database.js';

/** Names of all tables. */
export async function tablesOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query(TABLES[database.kind]);
  return rows.map(({ name }) => name as string).sort();
}

/** Definitions of the tables, without those that record migrations. */
export async function definitionsOf(database: TestDatabase): Promise<string[]> {
  const tables = (await tablesOf(database)).filter((name) => !name.includes('migration'));
  const definitions = tables.map(async (name) => {
    if (database.kind === 'mariadb') {
      const [row] = await database.query(`SHOW CREATE TABLE \`${name}\``);
      return [row?.['Create Table'] as string];
    }
    const rows = await database.query(DEFINITION[database.kind], [name]);
    return rows.map(({ line }) => line as string);
  });
  return (await Promise.all(definitions)).flat();
}

const TABLES = {
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  mariadb:
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  postgres: 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
};

const DEFINITION = {
  sqlite:
    'SELECT sql AS line FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY name',
  postgres: `
    WITH asked AS (SELECT CAST(? AS text) AS name)
    SELECT line FROM (
      SELECT 1 AS part, CAST(ordinal_position AS int) AS place,
        concat_ws(' ', column_name, data_type, character_maximum_length, collation_name, is_nullable, column_default) AS line
        FROM information_schema.columns JOIN asked ON table_name = name WHERE table_schema = current_schema()
      UNION ALL SELECT 2, 0, conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
        FROM pg_constraint JOIN asked ON conrelid = CAST(quote_ident(name) AS regclass)
      UNION ALL SELECT 3, 0, indexdef FROM pg_indexes JOIN asked ON tablename = name WHERE schemaname = current_schema()
    ) AS lines ORDER BY part, place, line`,
};
