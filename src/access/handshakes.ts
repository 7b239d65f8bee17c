import type { IncomingMessage } from 'node:http';

/** The credentials and the request that opened a socket. */
export interface Handshake {
  readonly authorization: string | undefined;
  readonly request: IncomingMessage | undefined;
}

/** The part of a socket.io client that is read here. */
interface SocketIoClient {
  readonly handshake: {
    readonly auth?: Readonly<Record<string, unknown>>;
    readonly headers: IncomingMessage['headers'];
  };
  readonly request: IncomingMessage;
}

const handshakes = new WeakMap<object, IncomingMessage>();

/**
 * Stores the request that opened a socket, for the guards: `ws` passes it to `handleConnection` only. Clients of
 * socket.io have it as a property and do not need this call.
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
 * The credentials that opened a socket: the header `Authorization`, or `auth: { token }` of socket.io, whose browser
 * clients cannot send headers.
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
