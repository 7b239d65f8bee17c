import type { IncomingMessage, Server } from 'node:http';

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 10_000;

/** Sets the limits of the HTTP server (S-122, S-124). */
export function limitServer(server: Server): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  // The gate checks the header: Node would answer without a body, and accepts a second one (RFC 9112 §3.2).
  Object.assign(server, { requireHostHeader: false });
  // Node would answer an unknown expectation with 417 and no body.
  server.on('checkExpectation', (request: IncomingMessage, response) => {
    server.emit('request', request, response);
  });
}
