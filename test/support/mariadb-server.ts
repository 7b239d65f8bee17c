import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { guardChild, onDispose, temporaryDirectory } from './cleanup.ts';
import { findProgram } from './programs.ts';

const startLimitMs = 120_000;
const stopLimitMs = 60_000;

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
 * It keeps its data and its port after `kill` and `start`.
 *
 * @example
 * const server = await MariaDbServer.create();
 * await server.kill();
 * await server.start();
 */
export class MariaDbServer {
  private process: ChildProcess | undefined;
  private log = '';

  private constructor(
    private readonly program: string,
    private readonly directory: string,
    readonly port: number,
    private readonly extraOptions: readonly string[],
  ) {}

  /** Creates the data directory and starts the server. `options` are options of `mariadbd`. */
  static async create(options: readonly string[] = []): Promise<MariaDbServer> {
    const programs = findMariaDb();
    if (!programs) throw new Error('MariaDB is not installed on this machine');
    const directory = temporaryDirectory('mariadb');
    await promisify(execFile)(programs.installer, [
      '--no-defaults',
      `--datadir=${join(directory, 'data')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--innodb-log-file-size=16M',
      ...asRoot,
    ]);
    const server = new MariaDbServer(programs.server, directory, await freePort(), options);
    onDispose(() => server.kill());
    await server.start();
    return server;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get isRunning(): boolean {
    return this.process !== undefined;
  }

  /** The address of the server, or of one database on it. */
  url(database = ''): string {
    return `mysql://root@127.0.0.1:${this.port}/${database}`;
  }

  /** Starts the server on its data and port, and waits until it answers. */
  async start(): Promise<void> {
    if (this.process) return;
    const child = spawn(
      this.program,
      [
        '--no-defaults',
        `--datadir=${join(this.directory, 'data')}`,
        // At its start a server deletes temporary tables in this folder, even another server's.
        `--tmpdir=${this.directory}`,
        `--socket=${join(this.directory, 'socket')}`,
        `--pid-file=${join(this.directory, 'pid')}`,
        `--port=${this.port}`,
        ...serverOptions,
        ...asRoot,
        ...this.extraOptions,
      ],
      // In its own session, so that Ctrl-C reaches only the tests, which then stop the server.
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    guardChild(child);
    this.process = child;
    child.stderr.on('data', (text: Buffer) => (this.log = (this.log + text).slice(-10_000)));
    child.once('exit', () => (this.process = undefined));
    await this.untilReady();
  }

  /** Shuts the server down regularly. */
  async stop(): Promise<void> {
    this.resume();
    await this.end('SIGTERM');
  }

  /** Kills the server, as in a power cut. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.end(signal);
  }

  /** Freezes the server: connections stay open but get no answer. */
  async pause(): Promise<void> {
    const pid = this.process?.pid;
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    const deadline = Date.now() + stopLimitMs;
    // Running threads continue for a moment, and could still answer.
    while (!(await isStopped(pid))) {
      if (Date.now() > deadline) throw new Error('MariaDB does not stop');
      await sleep(5);
    }
  }

  resume(): void {
    this.process?.kill('SIGCONT');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const inTime = await Promise.race([exited, sleep(stopLimitMs, 'late', { ref: false })]);
    if (inTime !== 'late') return;
    child.kill('SIGKILL');
    await exited;
  }

  private async untilReady(): Promise<void> {
    const deadline = Date.now() + startLimitMs;
    while (Date.now() < deadline) {
      if (!this.process) throw new Error(`MariaDB did not start:\n${this.log}`);
      try {
        const { createConnection } = await import('mysql2/promise');
        const connection = await createConnection({ uri: this.url(), connectTimeout: 2_000 });
        await connection.end();
        return;
      } catch {
        await sleep(50);
      }
    }
    await this.kill();
    throw new Error(`MariaDB did not answer within ${startLimitMs / 1000} s:\n${this.log}`);
  }
}

/** Whether every thread has stopped; true where there is no /proc. */
async function isStopped(pid: number): Promise<boolean> {
  const directory = `/proc/${pid}/task`;
  const threads = await readdir(directory).catch(() => []);
  const states = threads.map(async (thread) => {
    const stat = await readFile(join(directory, thread, 'stat'), 'utf8').catch(() => '');
    // The state is after the last bracket, because a program's name may hold spaces.
    return stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  });
  return (await Promise.all(states)).every(Boolean);
}

/** A port that was free a moment ago, on 127.0.0.1. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
