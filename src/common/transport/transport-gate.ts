import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { CodedException } from '../errors/coded.exception.js';
import { errorBody } from '../errors/error-body.js';
import { ERROR } from '../errors/error-codes.js';
import { clientAddress } from './client-address.js';
import { isTokenRequest, pathOf, setRequestFacts, type RequestFacts } from './request-facts.js';
import { checkRequestTarget } from './request-target.js';
import { transportSecurity, type TransportSecurityOptions } from './transport-security.js';

export interface TransportGateOptions extends TransportSecurityOptions {
  /** Paths below this prefix are pages and get a policy that lets them run; `undefined`: none. */
  readonly docsPath: string | undefined;
  /** Told of every `Authorization` that arrived in the clear, after the refusal was sent. */
  readonly onExposed: ((authorization: string) => void) | undefined;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const HEALTH_PATH = '/health';
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);
const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;
const ONE_YEAR_SECONDS = 31_536_000;
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
// Swagger UI carries inline styles and data: images, and nothing from elsewhere.
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/**
 * Stands before the HTTP framework, whichever it is, so that a refusal for the transport comes before
 * routing, body and credentials, and every reply and log line carries the same facts.
 *
 * Wraps the server's own `request` listener: adapters route or fail a request before their first hook.
 */
export class TransportGate {
  private readonly logger = new Logger('Request');

  constructor(private readonly options: TransportGateOptions) {}

  install(server: Server): void {
    const listeners = server.listeners('request') as Listener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.admit(request, response)) {
        for (const listener of listeners) listener.call(server, request, response);
      }
    });
  }

  private admit(request: IncomingMessage, response: ServerResponse): boolean {
    const facts: RequestFacts = {
      id: requestId(request),
      clientAddress: clientAddress(request, this.options.trusts),
    };
    setRequestFacts(request, facts);
    this.logWhenDone(request, response, facts);

    const security = transportSecurity(request, this.options);
    this.setHeaders(request, response, facts);
    if (security === 'https') {
      response.setHeader('Strict-Transport-Security', `max-age=${ONE_YEAR_SECONDS}`);
    }
    try {
      const isProbe = pathOf(request.url ?? '') === HEALTH_PATH;
      if (security === 'insecure' && !isProbe) throw new CodedException(ERROR.HTTPS_REQUIRED);
      checkRequest(request);
      return true;
    } catch (refusal) {
      refuse(request, response, facts, refusal);
      if (security === 'insecure') this.reportExposed(request);
      return false;
    }
  }

  private setHeaders(
    request: IncomingMessage,
    response: ServerResponse,
    facts: RequestFacts,
  ): void {
    const { docsPath } = this.options;
    const isDocs = docsPath !== undefined && (request.url ?? '').startsWith(docsPath);
    response.setHeader('X-Request-Id', facts.id);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Content-Security-Policy', isDocs ? DOCS_POLICY : API_POLICY);
    response.setHeader('Cache-Control', isDocs ? 'no-cache' : 'no-store');
  }

  private reportExposed(request: IncomingMessage): void {
    const { onExposed } = this.options;
    const { authorization } = request.headers;
    // After the reply, so that a live credential takes no longer than a dead one (S-200).
    if (onExposed && authorization) setImmediate(() => onExposed(authorization));
  }

  /** One line a request; the query may hold personal data and stays out (S-43). */
  private logWhenDone(
    request: IncomingMessage,
    response: ServerResponse,
    facts: RequestFacts,
  ): void {
    const startedAt = performance.now();
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 'aborted';
      const milliseconds = (performance.now() - startedAt).toFixed(1);
      const path = pathOf(request.url ?? '');
      this.logger.log(
        `${request.method} ${path} ${status} ${milliseconds}ms ip=${facts.clientAddress} request=${facts.id}`,
      );
    });
  }
}

function checkRequest(request: IncomingMessage): void {
  if (!METHODS.has(request.method ?? '')) {
    throw new CodedException(ERROR.METHOD_NOT_ALLOWED, {
      headers: { Allow: [...METHODS].join(', ') },
    });
  }
  const hosts = request.headersDistinct['host']?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && request.httpVersion !== '1.0')) throw notOnce('host');
  if ((request.headersDistinct['authorization']?.length ?? 0) > 1) throw notOnce('authorization');
  checkRequestTarget(request.url ?? '/');
}

function notOnce(field: string): CodedException {
  return new CodedException(ERROR.REQUEST_INVALID, {
    errors: [{ field, message: `${field} must be sent once` }],
  });
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  facts: RequestFacts,
  refusal: unknown,
): void {
  const exception =
    refusal instanceof CodedException
      ? refusal
      : new CodedException(ERROR.INTERNAL, { cause: refusal });
  for (const [name, value] of Object.entries(exception.headers)) response.setHeader(name, value);
  const body = errorBody(exception, {
    requestId: facts.id,
    isTokenEndpoint: isTokenRequest(request),
  });
  response.statusCode = exception.entry.status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  // The body was never read: without closing, its bytes would be taken for the next request.
  if (request.headers['content-length'] || request.headers['transfer-encoding']) {
    response.setHeader('Connection', 'close');
  }
  response.end(JSON.stringify(body));
}

/** An inbound id is used only in a form that cannot forge a log line (S-149). */
function requestId(request: IncomingMessage): string {
  const inbound = request.headers['x-request-id'];
  return typeof inbound === 'string' && REQUEST_ID.test(inbound) ? inbound : randomUUID();
}
