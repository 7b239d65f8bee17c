import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createPrivateSlot } from '../private-slot.js';
import { UNKNOWN_ADDRESS } from './client-address.js';

/** Facts about a request that the transport gate determines for all code behind it. */
export interface RequestFacts {
  /** Correlation id, on the reply (`X-Request-Id`) and in the log. */
  readonly id: string;
  /** Right-most hop that is not a trusted proxy (S-117); empty if it cannot be determined (S-207). */
  readonly clientAddress: string;
}

const checked = createPrivateSlot<RequestFacts>();

export function setRequestFacts(request: IncomingMessage, facts: RequestFacts): void {
  checked.set(request, facts);
}

/** Facts of a gate or guard that has checked the transport of the request; `undefined` before. */
export function checkedFacts(request: IncomingMessage): RequestFacts | undefined {
  return checked.of(request);
}

const unchecked = createPrivateSlot<RequestFacts>();

/** Facts of the gate or guard, or of the socket if neither has checked the request. */
export function requestFacts(request: IncomingMessage): RequestFacts {
  const known = checked.of(request) ?? unchecked.of(request);
  if (known) return known;
  const facts = {
    id: randomUUID(),
    clientAddress: request.socket.remoteAddress ?? UNKNOWN_ADDRESS,
  };
  unchecked.set(request, facts);
  return facts;
}

/** Scheme and authority of a request target in absolute form; Express takes `\` for `/` there. */
const AUTHORITY = /^[a-z][a-z\d+.-]*:[/\\]{2}[^/\\]*/i;

/**
 * Path of a request without its query, still percent-encoded, as the routers of both frameworks read it: they accept a
 * target in absolute form (RFC 9112 §3.2.2) and one with a fragment.
 */
export function pathOf(target: string): string {
  const path = before('#', before('?', target));
  return path.startsWith('/') ? path : path.replace(AUTHORITY, '') || '/';
}

function before(mark: string, text: string): string {
  const end = text.indexOf(mark);
  return end === -1 ? text : text.slice(0, end);
}

const tokenRequests = new WeakSet<IncomingMessage>();

/** Marks a request whose error bodies also carry RFC 6749's `error`. */
export function markTokenRequest(request: IncomingMessage): void {
  tokenRequests.add(request);
}

/** Whether a request is for the token endpoint: by its path before routing, by {@link markTokenRequest} afterwards. */
export function isTokenRequest(request: IncomingMessage): boolean {
  return tokenRequests.has(request) || pathOf(request.url ?? '') === TOKEN_ENDPOINT;
}

const TOKEN_ENDPOINT = '/oauth/token';
