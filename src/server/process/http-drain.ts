import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Server as TlsServer } from 'node:tls';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const POLL_MS = 20;
/** Idle connections are closed after this many polls without arrivals: during a mere time, the process may not run. */
const QUIET_POLLS = 12;
/** While requests keep coming, idle connections are kept open for at most this long. */
const MAX_HOLD_MS = 2_000;
/** Turns of the event loop in which connections are still accepted; Node accepts one in each. */
const MAX_TURNS = 2_000;
/** A connection that arrives between Node's last poll and the end of the listener is reset: that turn must be short. */
const SHORT_TURN_MS = 0.1;

/**
 * Ends an HTTP server without losing a request that reached it (S-185, S-186).
 *
 * Node's own `server.close()` destroys idle connections at once, and with them a request that its client has just sent.
 * So every last answer carries `Connection: close` from {@link begin} on, and idle connections are closed when no
 * request has arrived for a moment.
 */
export class HttpDrain {
  /** Unfinished answers on each connection, in the order of their requests. */
  private readonly connections = new Map<Socket, Set<ServerResponse>>();
  /** All accepted sockets; those in a TLS handshake are not among {@link connections}. */
  private readonly sockets = new Set<Socket>();
  private isDraining = false;
  /** Requests that wait until the listener is closed. */
  private held: (() => void)[] | undefined;
  /** Connections and requests so far. */
  private arrivals = 0;
  private answered = 0;

  /** @param server with all its listeners, and not listening yet */
  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => this.accept(socket));
    const ready = server instanceof TlsServer ? 'secureConnection' : 'connection';
    (server as NetServer).on(ready, (socket: Socket) => void this.track(socket));
    const listeners = server.listeners('request') as Listener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const answer = () => {
        for (const listener of listeners) listener.call(server, request, response);
      };
      if (!this.isDraining) this.add(request, response);
      else if (!this.addLast(request, response)) return;
      if (!this.isDraining) answer();
      else if (this.held) this.held.push(answer);
      // After the rest of the data was parsed, so that an answer knows whether another request follows it.
      else setImmediate(answer);
    });
  }

  /** Number of requests that have not been answered yet. */
  get running(): number {
    let count = 0;
    for (const open of this.connections.values()) count += open.size;
    return count;
  }

  /** Number of requests that were answered, or abandoned by their clients, since {@link begin}. */
  get finished(): number {
    return this.answered;
  }

  /** From now on the last answer on each connection carries `Connection: close`. New connections are still accepted. */
  begin(): void {
    this.isDraining = true;
    this.answered = 0;
    for (const open of this.connections.values()) {
      const last = lastOf(open);
      // After the headers were sent it is too late: the answer to the connection's next request will say it.
      if (last && !last.headersSent) last.shouldKeepAlive = false;
    }
  }

  /** Stops accepting connections. */
  async stopListening(): Promise<void> {
    // Closing the listener resets connections that wait in the kernel, so these are accepted first; requests are held
    // meanwhile, so that connections are accepted faster than they arrive.
    const held: (() => void)[] = [];
    this.held = held;
    await nextTurn();
    for (let turns = 0; turns < MAX_TURNS; turns++) {
      const seen = this.arrivals;
      const began = performance.now();
      await nextTurn();
      if (seen === this.arrivals && performance.now() - began < SHORT_TURN_MS) break;
    }
    // The HTTP server's own `close` would destroy idle connections.
    NetServer.prototype.close.call(this.server);
    this.held = undefined;
    for (const answer of held) setImmediate(answer);
  }

  /** Resolves when all requests are answered and no connection is left that could send one. */
  async finish(): Promise<void> {
    const heldUntil = performance.now() + MAX_HOLD_MS;
    for (let quiet = 0, seen = this.arrivals; this.sockets.size > 0; seen = this.arrivals) {
      await sleep(POLL_MS);
      // After this turn Node has read all data that had arrived.
      await nextTurn();
      quiet = seen === this.arrivals ? quiet + 1 : 0;
      const isOver = quiet >= QUIET_POLLS || (quiet > 0 && performance.now() >= heldUntil);
      if (isOver) this.closeIdle();
    }
  }

  private accept(socket: Socket): void {
    this.arrivals++;
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private track(socket: Socket): Set<ServerResponse> {
    const open = new Set<ServerResponse>();
    this.connections.set(socket, open);
    socket.once('close', () => {
      // Node emits `close` only on the first answer of a closed connection.
      this.answered += open.size;
      this.connections.delete(socket);
    });
    return open;
  }

  private add({ socket }: IncomingMessage, response: ServerResponse): void {
    const open = this.connections.get(socket) ?? this.track(socket);
    open.add(response);
    this.arrivals++;
    response.once('close', () => {
      if (open.delete(response)) this.answered++;
    });
  }

  /** @returns `false` for a request that must not be processed: the answer before it said `Connection: close` */
  private addLast(request: IncomingMessage, response: ServerResponse): boolean {
    const previous = lastOf(this.connections.get(request.socket));
    if (previous) {
      // RFC 9112 §9.6: no request is processed after the one whose answer says close.
      if (previous.headersSent && !previous.shouldKeepAlive) return false;
      previous.shouldKeepAlive = true;
    }
    response.shouldKeepAlive = false;
    this.add(request, response);
    return true;
  }

  private closeIdle(): void {
    for (const open of this.connections.values()) {
      // Node treats a connection as idle while the end of an answer is still being sent.
      for (const response of open) if (response.writableEnded) return;
    }
    this.server.closeIdleConnections();
    // Node treats a connection that has not sent anything as busy.
    for (const socket of this.connections.keys()) if (socket.bytesRead === 0) socket.destroy();
    // The remaining sockets have not finished their TLS handshake.
    if (this.connections.size === 0) for (const socket of this.sockets) socket.destroy();
  }
}

function lastOf(responses: Iterable<ServerResponse> = []): ServerResponse | undefined {
  let last: ServerResponse | undefined;
  for (const response of responses) last = response;
  return last;
}
