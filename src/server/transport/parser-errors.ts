import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { errorBody, type ErrorBody } from '../../common/errors/error-body.js';
import { ERROR, type ErrorEntry } from '../../common/errors/error-codes.js';
import { peerAddress } from '../../common/transport/client-address.js';
import {
  isTokenRequest,
  requestFacts,
  type RequestFacts,
} from '../../common/transport/request-facts.js';
import type { Cors } from './cors.js';
import { CORS_HEADERS, HEADERS, type TransportGateOptions } from './transport-gate.js';

interface ParserError extends NodeJS.ErrnoException {
  /** The bytes in which the parser found the error. */
  readonly rawPacket?: Buffer;
}

/** The client has gone, or TLS is not agreed on. */
const ENDED: ReadonlySet<string> = new Set(['ECONNRESET', 'ERR_TLS_HANDSHAKE_TIMEOUT']);
/** How long a client has to close its side: Node does not watch the connection any more. */
const CLOSE_MS = 1_000;

/** A connection, with the answer that Node is about to send on it. */
type Connection = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Answers what Node's HTTP parser refuses in the contract's form, with the headers that the gate gives every other
 * answer (S-122, S-124, S-139, S-142, S-149).
 */
export function answerParserErrors(
  server: Server,
  { accessLog, cors }: Pick<TransportGateOptions, 'accessLog' | 'cors'>,
): void {
  server.removeAllListeners('clientError');
  server.on('clientError', (error: ParserError, socket: Connection) => {
    // oxlint-disable-next-line no-underscore-dangle -- Node's own name, and there is no other way to the answer
    const underWay = socket._httpMessage;
    // Nothing can be sent before a handshake has ended, and Node leaves the connection to us.
    if (!socket.writable || ENDED.has(error.code ?? '')) {
      socket.destroy();
      return;
    }
    // Another answer would become part of the body of that one.
    if (underWay?.headersSent) {
      socket.destroySoon();
      return;
    }
    // The fault is in a later request: the answer under way is sent, and is the last one.
    if (underWay?.req.complete) {
      underWay.shouldKeepAlive = false;
      return;
    }
    const entry = ENTRIES[error.code ?? ''] ?? ERROR.REQUEST_INVALID;
    // The gate has seen a request whose body is at fault, and logs it.
    const facts: RequestFacts = underWay
      ? requestFacts(underWay.req)
      : { id: randomUUID(), clientAddress: peerAddress(socket) };
    if (underWay) facts.status = entry.status;
    else accessLog?.writeUnparsed(facts, entry.status);
    const pageOrigin = underWay?.req.headers.origin ?? originIn(error.rawPacket);
    const body = errorBody(
      { entry, errors: undefined },
      { requestId: facts.id, isTokenEndpoint: underWay ? isTokenRequest(underWay.req) : false },
    );
    const headers = headersFor(socket as Partial<TLSSocket>, cors, pageOrigin);
    socket.end(answer(entry.status, body, { 'X-Request-Id': facts.id, ...headers }));
    setTimeout(() => socket.destroy(), CLOSE_MS).unref();
  });
}

function headersFor(
  { encrypted: isTls }: Partial<TLSSocket>,
  cors: Cors | undefined,
  origin: string | undefined,
) {
  const { overHttps, plain } = (cors ? CORS_HEADERS : HEADERS).api;
  // Behind a proxy nobody knows whether the request came over HTTPS.
  const common = isTls ? overHttps : plain;
  return { ...common.byName, ...cors?.headersFor(origin) };
}

/** The header in bytes that could not be parsed. */
function originIn(bytes: Buffer | undefined): string | undefined {
  return /^origin: *(\S+)\r$/im.exec(bytes?.toString('latin1') ?? '')?.[1];
}

function answer(status: number, body: ErrorBody, added: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(body);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
    ...added,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} \r\n${lines.join('')}\r\n${text}`;
}

/** Other errors of the parser than these are 40001. */
const ENTRIES: Readonly<Record<string, ErrorEntry>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ERROR.REQUEST_TIMEOUT,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ERROR.BODY_TOO_LARGE,
  HPE_HEADER_OVERFLOW: ERROR.HEADERS_TOO_LARGE,
};
