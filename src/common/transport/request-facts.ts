import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createPrivateSlot } from '../private-slot.js';
import { UNKNOWN_ADDRESS } from './client-address.js';
import { rawRequest, type HttpRequest } from './raw-request.js';

/** Facts about a request that the transport gate determines for all code behind it. */
export interface RequestFacts {
  /** Correlation id, on the reply (`X-Request-Id`) and in the log. */
  readonly id: string;
  /** Right-most hop that is not a trusted proxy (S-117); empty if it cannot be determined (S-207). */
  readonly clientAddress: string;
  /** Whether the service's gate admitted the request, which sets the headers of every answer. */
  readonly isGated?: boolean;
  /** The status of an answer that was written past the response, for the access log. */
  status?: number;
  /** The verified caller, for the access log; set by the guard. */
  principal?: { readonly id: string; readonly type: string } | undefined;
}

/** The request that causes an event, as the audit log names it (S-148). */
export interface Origin {
  readonly clientAddress: string;
  readonly requestId: string | undefined;
}

export function originOf({ id: requestId, clientAddress }: RequestFacts): Origin {
  return { clientAddress, requestId };
}

/** The only form of a request id that is repeated in answers and log lines (S-149). */
const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** The request id that the client sent; `undefined` if its form could forge a log line (S-149). */
export function inboundRequestId({ headers }: IncomingMessage): string | undefined {
  const sent = headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : undefined;
}

/** Fastify's default ids count from 1 in each process, so that they name a request in one log only. */
const FASTIFY_COUNTER = /^req-/;

/** The request id in a host: the one that the host uses in its own log, or else the client's, or a new one. */
export function hostRequestId(request: HttpRequest): string {
  const { id } = request as { readonly id?: unknown };
  const own = typeof id === 'number' ? String(id) : id;
  const isUsable = typeof own === 'string' && REQUEST_ID.test(own);
  if (isUsable && !FASTIFY_COUNTER.test(own)) return own;
  return inboundRequestId(rawRequest(request)) ?? (isUsable ? own : randomUUID());
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
