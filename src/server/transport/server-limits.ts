import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR, type ErrorEntry } from '../../common/errors/error-codes.js';
import type { Cors } from './cors.js';

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 10_000;

/** Sets the limits of the HTTP server, and answers its parser's errors in the contract's form (S-122, S-124, S-139). */
export function limitServer(server: Server, cors: Cors | undefined): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  // The gate checks the header: Node would answer without a body, and accepts a second one (RFC 9112 §3.2).
  Object.assign(server, { requireHostHeader: false });
  server.removeAllListeners('clientError');
  server.on('clientError', (error: ParserError, socket: Connection) => {
    answerParserError(error, socket, cors);
  });
  // Node would answer an unknown expectation with 417 and no body.
  server.on('checkExpectation', (request: IncomingMessage, response) => {
    server.emit('request', request, response);
  });
}

interface ParserError extends NodeJS.ErrnoException {
  /** The bytes in which the parser found the error. */
  readonly rawPacket?: Buffer;
}

/** A connection, with the answer that Node is about to send on it. */
type Connection = Duplex & { readonly _httpMessage?: ServerResponse | null };

function answerParserError(error: ParserError, socket: Connection, cors: Cors | undefined): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, code, message } = parserError(error.code);
  const body = JSON.stringify({ code, message });
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...cors?.headersFor(originOf(error, socket)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} \r\n${lines.join('')}\r\n${body}`);
}

/** The header of the request under way, or else of the bytes that could not be parsed. */
function originOf({ rawPacket }: ParserError, socket: Connection): string | undefined {
  // oxlint-disable-next-line no-underscore-dangle -- Node has no public name for it
  const underWay = socket._httpMessage?.req.headers.origin;
  return underWay ?? /^origin: *(\S+)\r$/im.exec(rawPacket?.toString('latin1') ?? '')?.[1];
}

function parserError(code: string | undefined): ErrorEntry {
  if (code === 'HPE_HEADER_OVERFLOW') return ERROR.HEADERS_TOO_LARGE;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ERROR.REQUEST_TIMEOUT;
  return ERROR.REQUEST_INVALID;
}
