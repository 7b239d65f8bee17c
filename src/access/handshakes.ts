import type { IncomingMessage } from 'node:http';

/** What a socket was opened with. */
export interface Handshake {
  readonly authorization: string | undefined;
  readonly request: IncomingMessage | undefined;
}

/** A client of socket.io, as far as it is looked at. */
interface SocketIoClient {
  readonly handshake: {
    readonly auth?: Readonly<Record<string, unknown>>;
    readonly headers: IncomingMessage['headers'];
  };
  readonly request: IncomingMessage;
}

const handshakes = new WeakMap<object, IncomingMessage>();

/**
 * Keeps the request that opened a socket, for the guards: `ws` hands it to `handleConnection` and to nobody
 * else. Clients of socket.io carry theirs and need no such call.
 *
 * @example
 * handleConnection(client: WebSocket, request: IncomingMessage) {
 *   rememberHandshake(client, request);
 * }
 * @public
 */
export function rememberHandshake(client: object, request: IncomingMessage): void {
  handshakes.set(client, request);
}

/**
 * Credentials that a socket was opened with: the header `Authorization`, or with socket.io, whose browser
 * clients cannot send one, `auth: { token }`.
 */
export function handshakeOf(client: object): Handshake {
  const request = handshakes.get(client);
  if (request) return { authorization: request.headers.authorization, request };
  if (!('handshake' in client)) return { authorization: undefined, request: undefined };
  const { handshake, request: opened } = client as SocketIoClient;
  const token = handshake.auth?.['token'];
  const authorization =
    typeof token === 'string' ? `Bearer ${token}` : handshake.headers.authorization;
  return { authorization, request: opened };
}
