import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What the transport gate found out about a request, for everyone behind it. */
export interface RequestFacts {
  /** Correlation id, on the reply (`X-Request-Id`) and in the log. */
  readonly id: string;
  /** Right-most hop that is not a trusted proxy (S-117). */
  readonly clientAddress: string;
}

const factsByRequest = new WeakMap<IncomingMessage, RequestFacts>();

export function setRequestFacts(request: IncomingMessage, facts: RequestFacts): void {
  factsByRequest.set(request, facts);
}

/** The gate's facts; in a host without the gate, the socket's. */
export function requestFacts(request: IncomingMessage): RequestFacts {
  let facts = factsByRequest.get(request);
  if (!facts) {
    facts = { id: randomUUID(), clientAddress: request.socket.remoteAddress ?? '' };
    factsByRequest.set(request, facts);
  }
  return facts;
}

/** Path of a request without its query, still percent-encoded. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** Whether bodies also carry RFC 6749's `error`. */
export function isTokenEndpoint(request: IncomingMessage): boolean {
  return pathOf(request.url ?? '') === TOKEN_ENDPOINT;
}

const TOKEN_ENDPOINT = '/oauth/token';
