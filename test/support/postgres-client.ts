import type { Client } from 'pg';

/** Runs work on a connection of its own. */
export async function onPostgres<T>(
  connectionString: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connectToPostgres(connectionString);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Opens a connection, which the caller ends. */
export async function connectToPostgres(connectionString: string): Promise<Client> {
  // Loaded here, because most test files never ask PostgreSQL themselves, and Jest loads it anew for each.
  const { default: pg } = await import('pg');
  const { builtins, getTypeParser } = pg.types;
  // The other drivers return such integers as numbers.
  const asOthers = ((oid: Parameters<typeof getTypeParser>[0], format: 'text') =>
    oid === builtins.INT8 ? Number : getTypeParser(oid, format)) as typeof getTypeParser;
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 5_000,
    types: { getTypeParser: asOthers },
  });
  // A server that a test kills also ends idle connections, and a query reports its own failure.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Whether an error is the end of a connection: one of the socket, or one that the server sends as it closes it. */
export function isLostByPostgres(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return !/^(?=.*\d)[0-9A-Z]{5}$/.test(code) || code.startsWith('57P');
}

/** Rewrites `?` and backticks, which the other engines understand, outside of quotes. */
export function postgresSql(sql: string): string {
  let count = 0;
  return sql.replaceAll(/'[^']*'|"[^"]*"|\$(\w*)\$[^]*?\$\1\$|`([^`]*)`|\?/g, (part, _, name) => {
    if (part === '?') return `$${++count}`;
    return name === undefined ? part : `"${name}"`;
  });
}
