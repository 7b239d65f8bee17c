import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Server as TlsServer } from 'node:tls';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const POLL_MS = 20;
/** So many times in a row nothing may have come before idle connections are closed. Not a time: the process may get none. */
const QUIET_POLLS = 12;
/** While requests keep coming, idle connections are held so long at most. */
const MAX_HOLD_MS = 2_000;
/** Turns of the event loop in which connections are still taken in, of which Node accepts one in each. */
const MAX_TURNS = 2_000;
/** A connection that comes between Node's last look and the end of the listener is reset, so that turn must be short. */
const SHORT_TURN_MS = 0.1;

/**
 * Ends an HTTP server without losing a request that reached it (S-185, S-186).
 *
 * Node's own `server.close()` destroys idle connections at once: a request that its client has just sent over one of
 * them is lost. So every answer says `Connection: close` from {@link begin} on, and a connection that no client uses
 * is closed when no request has come for a moment.
 */
export class HttpDrain {
  /** Answers under way on each connection, in the order of their requests. */
  private readonly connections = new Map<Socket, Set<ServerResponse>>();
  /** All that were accepted; those that still agree on TLS are not among {@link connections}. */
  private readonly sockets = new Set<Socket>();
  private isDraining = false;
  /** What waits until no connection is taken any more. */
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
      // Behind the rest of what was read, so that an answer knows whether another request follows on its connection.
      else setImmediate(answer);
    });
  }

  /** Requests that have not been answered yet. */
  get running(): number {
    let count = 0;
    for (const open of this.connections.values()) count += open.size;
    return count;
  }

  /** Requests that were answered, or left by their clients, since {@link begin}. */
  get finished(): number {
    return this.answered;
  }

  /** From now on the last answer on each connection says that it is the last. New connections are still taken. */
  begin(): void {
    this.isDraining = true;
    this.answered = 0;
    for (const open of this.connections.values()) {
      const last = lastOf(open);
      // With its head sent it is too late: the next request on that connection will be told.
      if (last && !last.headersSent) last.shouldKeepAlive = false;
    }
  }

  /** Takes no connection any more. */
  async stopListening(): Promise<void> {
    // Connections that wait in the kernel are reset with the listener, so they are taken in first, and faster than
    // they come.
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

  /** Resolves when all requests are answered and no connection is left that could bring one. */
  async finish(): Promise<void> {
    const heldUntil = performance.now() + MAX_HOLD_MS;
    for (let quiet = 0, seen = this.arrivals; this.sockets.size > 0; seen = this.arrivals) {
      await sleep(POLL_MS);
      // Node has read all that had come when this turn is over.
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
      // Node tells only the first answer of a connection that it is closed.
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

  /** @returns `false` for a request that must not be processed: its client was told that the connection ends */
  private addLast(request: IncomingMessage, response: ServerResponse): boolean {
    const previous = lastOf(this.connections.get(request.socket));
    if (previous) {
      // RFC 9112 §9.6: nothing is processed that comes behind the request whose answer says close.
      if (previous.headersSent && !previous.shouldKeepAlive) return false;
      previous.shouldKeepAlive = true;
    }
    response.shouldKeepAlive = false;
    this.add(request, response);
    return true;
  }

  private closeIdle(): void {
    for (const open of this.connections.values()) {
      // Node takes a connection for idle while the end of an answer is still being sent.
      for (const response of open) if (response.writableEnded) return;
    }
    this.server.closeIdleConnections();
    // Node takes a connection that has not sent anything for a busy one.
    for (const socket of this.connections.keys()) if (socket.bytesRead === 0) socket.destroy();
    // What is left has not got as far as to agree on TLS.
    if (this.connections.size === 0) for (const socket of this.sockets) socket.destroy();
  }
}

function lastOf(responses: Iterable<ServerResponse> = []): ServerResponse | undefined {
  let last: ServerResponse | undefined;
  for (const response of responses) last = response;
  return last;
}
