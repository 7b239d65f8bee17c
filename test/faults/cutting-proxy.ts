import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onDispose } from '../support/cleanup.js';

/**
 * When a connection breaks, relative to the chosen statement: `before` the server receives it, `after` the server
 * has executed it, or `meanwhile`: the server executes it a little after the break.
 */
export type Cut = 'before' | 'after' | 'meanwhile';

/** Bytes before the type of a command of MariaDB, and before the text of a message of PostgreSQL. */
const MYSQL_HEADER = 4;
const POSTGRES_HEADER = 5;
const COM_QUERY = 0x03;
const LATE_MS = 300;
/** A statement of a transaction that the service makes by itself, at any time: it seals rows of the audit trail. */
const OF_A_JOB = /audit_(seals|chains)/;

/** A proxy between the service and its database server that breaks one connection at a chosen statement. */
export class CuttingProxy {
  /** How many connections were broken. */
  cuts = 0;
  private armed: { statement: RegExp; cut: Cut } | undefined;
  private holding: { statement: RegExp; isCarriedOut: boolean; reached: () => void } | undefined;

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
    private readonly statementOf: (chunk: Buffer) => string | undefined,
  ) {}

  static async create(targetUrl: string): Promise<CuttingProxy> {
    const server = createServer();
    const { port, protocol } = new URL(targetUrl);
    const statementOf = protocol.startsWith('postgres') ? statementOfPostgres : statementOfMySql;
    const proxy = new CuttingProxy(server, Number(port), statementOf);
    server.on('connection', (client) => proxy.forward(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onDispose(() => server.close());
    return proxy;
  }

  /** The same address, through the proxy. */
  through(targetUrl: string): string {
    const url = new URL(targetUrl);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Breaks the next connection that sends such a statement, and only that. */
  cutAt(statement: RegExp, cut: Cut): void {
    this.armed = { statement, cut };
  }

  /**
   * Makes the next connection that sends such a statement wait for an answer that never comes, so that the test can
   * kill service or server meanwhile. Resolves when that wait begins.
   *
   * @param isCarriedOut whether the server receives the statement, and has answered it by then
   */
  holdAt(statement: RegExp, isCarriedOut: boolean): Promise<void> {
    return new Promise((reached) => {
      this.holding = { statement, isCarriedOut, reached };
    });
  }

  private forward(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: this.targetPort });
    let isOfJob = false;
    client.on('data', (chunk) => {
      const sent = this.statementOf(chunk) ?? '';
      isOfJob ||= OF_A_JOB.test(sent);
      // Only a transaction of a request is to be cut.
      const statement = isOfJob || sent === '' ? undefined : sent;
      if (/^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK)/i.test(sent)) isOfJob = false;
      if (this.holds(statement, chunk, server)) return;
      const cut = this.cutFor(statement);
      if (cut) breakOff(cut, chunk, client, server);
      else server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (client.writable) client.write(chunk);
    });
    for (const [side, other] of [
      [client, server],
      [server, client],
    ] as const) {
      side.on('error', () => undefined);
      side.on('close', () => setTimeout(() => other.destroy(), 2 * LATE_MS).unref());
    }
  }

  private holds(statement: string | undefined, chunk: Buffer, server: Socket): boolean {
    if (statement === undefined || !this.holding?.statement.test(statement)) return false;
    const { isCarriedOut, reached } = this.holding;
    this.holding = undefined;
    server.removeAllListeners('data');
    if (isCarriedOut) {
      server.once('data', reached);
      server.write(chunk);
    } else reached();
    return true;
  }

  private cutFor(statement: string | undefined): Cut | undefined {
    if (statement === undefined || !this.armed?.statement.test(statement)) return undefined;
    const { cut } = this.armed;
    this.armed = undefined;
    this.cuts += 1;
    return cut;
  }
}

/** The statement that a command of MySQL's protocol sends as text. */
function statementOfMySql(command: Buffer): string | undefined {
  return command[MYSQL_HEADER] === COM_QUERY
    ? command.toString('utf8', MYSQL_HEADER + 1)
    : undefined;
}

/** The statement in PostgreSQL's message Query, or in Parse, whose text follows a name; pg sends one at a time. */
function statementOfPostgres(message: Buffer): string | undefined {
  const type = String.fromCharCode(message[0] ?? 0);
  const [first, second] = message.toString('utf8', POSTGRES_HEADER).split('\0', 2);
  if (type === 'Q') return first;
  return type === 'P' ? second : undefined;
}

function breakOff(cut: Cut, chunk: Buffer, client: Socket, server: Socket): void {
  server.removeAllListeners('data');
  if (cut === 'after') {
    server.once('data', () => client.destroy());
    server.write(chunk);
    return;
  }
  client.destroy();
  if (cut === 'before') server.destroy();
  else setTimeout(() => server.write(chunk), LATE_MS);
}
