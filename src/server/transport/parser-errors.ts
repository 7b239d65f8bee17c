import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ERROR, type ErrorEntry } from '../../common/errors/error-codes.js';
import { peerAddress } from '../../common/transport/client-address.js';
import { requestFacts } from '../../common/transport/request-facts.js';
import type { AccessLog } from '../logging/access-log.js';
import { HEADERS } from './transport-gate.js';

/** A connection, with the answer that Node is about to send on it. */
type Connection = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Answers what Node's HTTP parser refuses in the contract's form, with the headers that the gate gives every other
 * answer (S-122, S-124, S-139, S-142, S-149).
 *
 * @param accessLog `undefined`: requests are not logged
 */
export function answerParserErrors(server: Server, accessLog: AccessLog | undefined): void {
  server.removeAllListeners('clientError');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Connection) => {
    // oxlint-disable-next-line no-underscore-dangle -- Node's own name, and there is no other way to the answer
    const underWay = socket._httpMessage;
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    // Another answer would become part of the body of that one.
    if (underWay?.headersSent) {
      socket.destroySoon();
      return;
    }
    const entry = ENTRIES[error.code ?? ''] ?? ERROR.REQUEST_INVALID;
    // The gate has seen a request whose body is at fault, and logs it.
    const facts = underWay
      ? requestFacts(underWay.req)
      : { id: randomUUID(), clientAddress: peerAddress(socket) };
    if (!underWay) accessLog?.writeUnparsed(facts, entry.status);
    socket.end(answer(entry, facts.id, (socket as Partial<TLSSocket>).encrypted === true));
  });
}

function answer({ status, code, message }: ErrorEntry, requestId: string, isTls: boolean): string {
  const body = JSON.stringify({ code, message });
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    'X-Request-Id': requestId,
    // Behind a proxy nobody knows whether the request came over HTTPS.
    ...(isTls ? HEADERS.api.overHttps : HEADERS.api.plain).byName,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} \r\n${lines.join('')}\r\n${body}`;
}

/** Other errors of the parser than these are 40001. */
const ENTRIES: Readonly<Record<string, ErrorEntry>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ERROR.REQUEST_TIMEOUT,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ERROR.BODY_TOO_LARGE,
  HPE_HEADER_OVERFLOW: ERROR.HEADERS_TOO_LARGE,
};
