// Services and servers that test files share, in Jest's main process, which lives as long as the run. Each is started when
// a worker first asks for it, and a service again when it has ended.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onDispose, temporaryDirectory } from './cleanup.ts';
import { createTestDatabase, type DatabaseKind } from './database.ts';
import type { PostgresEdition } from './postgres-programs.ts';
import { PostgresServer } from './postgres-server.ts';
import { tablesOf } from './schema.ts';
import { startService, type TestService } from './service.ts';
import { MANY_CONNECTIONS, sharedPostgresUrl } from './services.ts';
import type { Target } from './targets.ts';

/** The answer to a worker that asks for a service. */
export interface SharedAddress {
  readonly url: string;
  readonly databaseUrl: string;
  readonly outputFile: string;
  readonly pid: number | undefined;
}

const services = new Map<string, Promise<TestService>>();
const templates = new Map<string, Promise<string>>();
const postgresServers = new Map<PostgresEdition, Promise<PostgresServer>>();
let tarball: Promise<string> | undefined;
let description: Promise<string> | undefined;

/**
 * Answers `/<worker>/<database>/<adapter>[/<edition>]?node=<path>` with a {@link SharedAddress}, `/postgres/<edition>` with
 * the address of a server, `/migrated/<database>[/<edition>]` with a template for databases, `/package` with the path of the
 * packed package and `/openapi` with the API description; leaves its own address in TEST_SHARED_SERVICES.
 */
export async function provideSharedServices(): Promise<void> {
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? '';
    void answer(path)
      .catch((error: unknown) => {
        response.statusCode = 500;
        return String(error);
      })
      .then((text) => response.end(text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onDispose(() => server.close());
  process.env.TEST_SHARED_SERVICES = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(path: string): Promise<string> {
  if (path === '/package') return (tarball ??= pack());
  if (path === '/openapi') return (description ??= describe());
  const [, kind, on] = /^\/migrated\/(sqlite|postgres)(?:\/(\w+))?$/.exec(path) ?? [];
  if (kind) return migrated(kind as DatabaseKind, on as PostgresEdition | undefined);
  const [, edition] = /^\/postgres\/(\w+)$/.exec(path) ?? [];
  if (edition) return (await runningPostgres(edition as PostgresEdition)).url();
  const { url, database, outputFile, pid } = await running(path);
  const address = { url, databaseUrl: database.url, outputFile, pid };
  return JSON.stringify(address satisfies SharedAddress);
}

async function running(path: string): Promise<TestService> {
  const known = await services.get(path)?.catch(() => undefined);
  if (known?.exitCode === undefined && known !== undefined) return known;
  const started = start(path);
  services.set(path, started);
  return started;
}

async function start(path: string): Promise<TestService> {
  const { pathname, searchParams } = new URL(path, 'http://localhost');
  const [, , kind, adapter, edition] = pathname.split('/');
  const target = { database: kind, adapter } as Target;
  const options = {
    target,
    env: { SWAGGER_UI: 'true' },
    node: searchParams.get('node') ?? undefined,
  };
  if (target.database === 'mariadb') return startService(options);
  const template = await migrated(target.database, edition as PostgresEdition | undefined);
  const server = edition && (await sharedPostgresUrl(edition as PostgresEdition));
  const at = server ? { url: () => server } : undefined;
  const database = await createTestDatabase(target.database, at, template);
  return startService({ ...options, database });
}

function migrated(kind: DatabaseKind, edition?: PostgresEdition): Promise<string> {
  const key = `${kind} ${edition}`;
  const template = templates.get(key) ?? migrate(kind, edition);
  templates.set(key, template);
  return template;
}

/** Makes a database with all tables and no rows: the file of SQLite, or its name on the PostgreSQL server. */
async function migrate(kind: DatabaseKind, edition?: PostgresEdition): Promise<string> {
  const server = edition && (await sharedPostgresUrl(edition));
  const database = await createTestDatabase(kind, server ? { url: () => server } : undefined);
  const service = await startService({ target: { database: kind, adapter: 'fastify' }, database });
  await service.stop();
  if (kind === 'postgres') {
    // Not by queries, which leave a connection open: a template has none.
    await database.load(TRUNCATE_ALL);
    return new URL(database.url).pathname.slice(1);
  }
  const tables = (await tablesOf(database)).filter((name) => !name.includes('migrations'));
  const deletions = [...tables, 'sqlite_sequence'].map((name) => `DELETE FROM ${name};`);
  await database.load(`PRAGMA foreign_keys = OFF; ${deletions.join(' ')}`);
  return database.url.slice('sqlite:'.length);
}

const TRUNCATE_ALL = `DO $$ BEGIN EXECUTE (
  SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY'
  FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE '%migrations'
); END $$`;

function runningPostgres(edition: PostgresEdition): Promise<PostgresServer> {
  // No test stops it, so it need not be durable: creating a database takes a third of the time.
  const options = ['--fsync=off', MANY_CONNECTIONS];
  const server = postgresServers.get(edition) ?? PostgresServer.create(options, edition);
  postgresServers.set(edition, server);
  return server;
}

/** A process of a second or two, whose output several files read. */
async function describe(): Promise<string> {
  const script = join(import.meta.dirname, '../../dist/server/commands/openapi.js');
  const options = { cwd: temporaryDirectory('openapi'), env: { PATH: process.env.PATH } };
  return (await promisify(execFile)(process.execPath, [script], options)).stdout;
}

/** Packs the package, unless `npm test` passes the tarball that it has checked in TEST_PACKAGE. */
async function pack(): Promise<string> {
  const { TEST_PACKAGE: checked } = process.env;
  if (checked !== undefined && existsSync(checked)) return checked;
  const directory = temporaryDirectory('package');
  const cwd = join(import.meta.dirname, '../..');
  const args = ['pack', '--json', '--loglevel=error', '--pack-destination', directory];
  const { stdout } = await promisify(execFile)('npm', args, { cwd });
  const [{ filename = '' } = {}] = JSON.parse(stdout) as { filename?: string }[];
  return join(directory, filename);
}
