import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR, type ErrorEntry } from '../../common/errors/error-codes.js';

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 10_000;

/** Sets the limits of the HTTP server, and answers its parser's errors in the contract's form (S-122, S-124, S-139). */
export function limitServer(server: Server): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  // The gate checks the header: Node would answer without a body, and accepts a second one (RFC 9112 §3.2).
  Object.assign(server, { requireHostHeader: false });
  server.removeAllListeners('clientError');
  server.on('clientError', answerParserError);
  // Node would answer an unknown expectation with 417 and no body.
  server.on('checkExpectation', (request: IncomingMessage, response) => {
    server.emit('request', request, response);
  });
}

function answerParserError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, code, message } = parserError(error.code);
  const body = JSON.stringify({ code, message });
  socket.end(
    `HTTP/1.1 ${status} \r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function parserError(code: string | undefined): ErrorEntry {
  if (code === 'HPE_HEADER_OVERFLOW') return ERROR.HEADERS_TOO_LARGE;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ERROR.REQUEST_TIMEOUT;
  return ERROR.REQUEST_INVALID;
}
