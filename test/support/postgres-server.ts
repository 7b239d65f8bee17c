import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { onPostgres } from './postgres-client.ts';
import { editionOf, postgresFolder } from './postgres-programs.ts';
import { ServerProcess } from './server-process.ts';
import { copyTemplate } from './server-template.ts';
import { giveToUnprivileged, runUnprivileged, unprivileged } from './unprivileged.ts';

// Small and quick to start, but as durable as in production: a committed row survives a kill.
const serverOptions = [
  '--listen-addresses=127.0.0.1',
  '--unix-socket-directories=',
  '--fsync=on',
  '--synchronous-commit=on',
  '--shared-buffers=32MB',
  '--max-connections=200',
];

/**
 * A private PostgreSQL server in a temporary directory, on a free port of 127.0.0.1.
 *
 * @example
 * const server = await PostgresServer.create();
 * await server.kill('SIGQUIT'); // pg_ctl -m immediate stop
 * await server.start();
 */
export class PostgresServer extends ServerProcess {
  // Fast: SIGTERM would wait until every client has gone.
  protected override readonly stopSignal = 'SIGINT';
  protected override readonly quits = true;

  /**
   * Creates the data directory and starts the server.
   *
   * @param options options of `postgres`, such as `--max-connections=5`
   * @param edition default: the one of the test file
   */
  static async create(
    options: readonly string[] = [],
    edition = editionOf(),
  ): Promise<PostgresServer> {
    const programs = edition && postgresFolder(edition);
    if (!programs) throw new Error('PostgreSQL is not installed on this machine');
    const data = join(temporaryDirectory('postgres'), 'data');
    await copyTemplate(`postgres-${edition}`, data, (template) => {
      mkdirSync(template, { mode: 0o700 });
      giveToUnprivileged(template);
      runUnprivileged(
        join(programs, 'initdb'),
        `--pgdata=${template}`,
        '--auth=trust',
        '--username=postgres',
        '--encoding=UTF8',
        // A language's order, as servers have it by default; bytes are for the columns to ask for.
        '--locale-provider=icu',
        '--icu-locale=en-US',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      );
    });
    const port = await freePort();
    const all = ['-D', data, `--port=${port}`, ...serverOptions, ...options];
    const command = unprivileged(join(programs, 'postgres'), ...all);
    return new PostgresServer('PostgreSQL', command, port).startGuarded();
  }

  /** The address of the server, or of one database on it. */
  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  protected override ping(): Promise<void> {
    return onPostgres(this.url(), () => Promise.resolve());
  }
}
