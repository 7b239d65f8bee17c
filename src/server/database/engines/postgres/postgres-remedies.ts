const NO_RIGHT =
  'GRANT the user USAGE and CREATE on the schema and all rights on its tables, or make it the owner of the database';
const OTHER_SERVER = 'the port answers, but not as PostgreSQL: check host and port';
const WITHOUT_TLS =
  'pg_hba.conf does not admit this user from here without TLS: set DATABASE_TLS=on, or change pg_hba.conf';

/** What an operator can do, by SQLSTATE. */
const REMEDIES: Readonly<Record<string, string>> = {
  '08P01': 'a pooler before the server refuses the connection: see its log',
  '25006': 'the server or the database is read-only: name the primary',
  '28000': 'pg_hba.conf does not admit this user from here, or the role is missing or has no LOGIN',
  '28P01': 'the server refuses the user or the password',
  '3D000': "the server has no such database: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
  '3F000': 'no schema of search_path exists: CREATE SCHEMA, or ALTER ROLE … SET search_path = …',
  '42501': NO_RIGHT,
  '53300': 'all connections of the server, database or role are taken: raise the limit',
  '55000': 'the database accepts no connections: ALTER DATABASE … ALLOW_CONNECTIONS true',
  '57014': 'the role has too short a statement_timeout: ALTER ROLE … RESET statement_timeout',
  '57P03': 'the server is starting or shutting down',
};

/** Errors of pg without a code. */
const BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [
    /^The server does not support SSL/,
    'the server offers no TLS: DATABASE_TLS=off, or sslmode=disable, connects without it',
  ],
  // pg takes the first byte of another protocol for the name of a message.
  [
    /^There was an error establishing an SSL|received invalid response|^Received unexpected|^Unknown authentication/,
    OTHER_SERVER,
  ],
  [/client password must be/, 'the server asks for a password, and DATABASE_URL has none'],
  [/^channel_binding=require/, 'it needs TLS and a password stored as scram-sha-256'],
  [
    /^(Connection terminated due to connection timeout|timeout (exceeded|expired))/,
    'the host does not answer: check host, port and network',
  ],
  [/^Connection terminated/, 'the server closes the connection: see its log'],
];

/** What an operator can do about an error of PostgreSQL or pg. */
export function postgresRemedy({ code, message }: NodeJS.ErrnoException): string | undefined {
  if (code === undefined) return BY_MESSAGE.find(([form]) => form.test(message))?.[1];
  // The text is English unless the server is set to another language.
  if (code === '28000' && /no encryption|SSL off/.test(message)) return WITHOUT_TLS;
  return REMEDIES[code];
}
