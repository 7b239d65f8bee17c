import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { findProgram } from './programs.ts';
import { ServerProcess } from './server-process.ts';
import { copyTemplate } from './server-template.ts';

// Small and quick to start, but as durable as in production: a committed row survives a kill.
const serverOptions = [
  '--bind-address=127.0.0.1',
  '--character-set-server=utf8mb4',
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-buffer-pool-size=64M',
  '--innodb-log-file-size=16M',
  '--innodb-buffer-pool-dump-at-shutdown=0',
  '--performance-schema=OFF',
  '--skip-log-bin',
  '--skip-name-resolve',
  '--skip-ssl',
];

// mariadbd refuses to run as root without this option.
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];

/** The programs that a private server needs, if all of them are installed. */
export function findMariaDb(): { server: string; installer: string } | undefined {
  const server = findProgram('mariadbd', 'mysqld');
  const installer = findProgram('mariadb-install-db', 'mysql_install_db');
  // The installer is a script that calls it.
  const optionReader = findProgram('my_print_defaults');
  return server && installer && optionReader ? { server, installer } : undefined;
}

/**
 * A private MariaDB server in a temporary directory, on a free port of 127.0.0.1.
 *
 * @example
 * const server = await MariaDbServer.create();
 * await server.kill();
 * await server.start();
 */
export class MariaDbServer extends ServerProcess {
  /** Creates the data directory and starts the server. `options` are options of `mariadbd`. */
  static async create(options: readonly string[] = []): Promise<MariaDbServer> {
    const programs = findMariaDb();
    if (!programs) throw new Error('MariaDB is not installed on this machine');
    const directory = temporaryDirectory('mariadb');
    const data = `--datadir=${join(directory, 'data')}`;
    await copyTemplate('mariadb', join(directory, 'data'), (template) =>
      promisify(execFile)(programs.installer, [
        '--no-defaults',
        `--datadir=${template}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--skip-name-resolve',
        '--innodb-log-file-size=16M',
        ...asRoot,
      ]),
    );
    const port = await freePort();
    const command = [
      programs.server,
      '--no-defaults',
      data,
      // At its start a server deletes temporary tables in this folder, even another server's.
      `--tmpdir=${directory}`,
      `--socket=${join(directory, 'socket')}`,
      `--pid-file=${join(directory, 'pid')}`,
      `--port=${port}`,
      ...serverOptions,
      ...asRoot,
      ...options,
    ] as const;
    return new MariaDbServer('MariaDB', command, port).startGuarded();
  }

  /** The address of the server, or of one database on it. */
  url(database = ''): string {
    return `mysql://root@127.0.0.1:${this.port}/${database}`;
  }

  protected override async ping(): Promise<void> {
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection({ uri: this.url(), connectTimeout: 2_000 });
    await connection.end();
  }
}
