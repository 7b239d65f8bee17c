import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { onPostgres } from './postgres-client.ts';
import { findProgram } from './programs.ts';
import { ServerProcess } from './server-process.ts';
import { giveToUnprivileged, unprivileged } from './unprivileged.ts';

/** PgBouncer, if it is installed. */
export function findPgBouncer(): string | undefined {
  return findProgram('pgbouncer');
}

/**
 * A private PgBouncer before a PostgreSQL server, in transaction mode: consecutive transactions of one client can be on
 * different connections of the server.
 */
export class PgBouncer extends ServerProcess {
  /** @param settings of its section `[pgbouncer]` */
  static async create(
    server: { readonly port: number },
    settings: Readonly<Record<string, string | number>> = {},
  ): Promise<PgBouncer> {
    const program = findPgBouncer();
    if (!program) throw new Error('PgBouncer is not installed on this machine');
    const port = await freePort();
    const all = {
      listen_addr: '127.0.0.1',
      listen_port: port,
      unix_socket_dir: '',
      auth_type: 'any',
      pool_mode: 'transaction',
      max_client_conn: 200,
      ...settings,
    };
    const file = join(temporaryDirectory('pgbouncer'), 'pgbouncer.ini');
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
    const upstream = `* = host=127.0.0.1 port=${server.port} user=postgres`;
    writeFileSync(file, ['[databases]', upstream, '[pgbouncer]', ...lines, ''].join('\n'));
    giveToUnprivileged(file);
    const command = unprivileged(program, file);
    return new PgBouncer('PgBouncer', command, port).startGuarded();
  }

  /** The address of a database of the server. */
  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  protected override ping(): Promise<void> {
    return onPostgres(this.url(), () => Promise.resolve());
  }
}
