import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { CodedException } from '../../common/errors/coded.exception.js';
import { errorBody } from '../../common/errors/error-body.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { clientAddress } from '../../common/transport/client-address.js';
import { headerValues } from '../../common/transport/header-values.js';
import {
  inboundRequestId,
  isTokenRequest,
  originOf,
  pathOf,
  requestFacts,
  setRequestFacts,
  type Origin,
  type RequestFacts,
} from '../../common/transport/request-facts.js';
import {
  transportSecurity,
  type TransportSecurity,
  type TransportSecurityOptions,
} from '../../common/transport/transport-security.js';
import type { AccessLog } from '../logging/access-log.js';
import type { Cors } from './cors.js';
import type { KnownRoutes } from './known-routes.js';
import { METHODS } from './methods.js';
import { announcesBody, hideBody, readBody } from './read-body.js';
import { checkedTarget } from './request-target.js';
import { addHeaders, CommonHeaders } from './response-head.js';

export interface TransportGateOptions extends TransportSecurityOptions {
  /** Paths below this prefix are pages and get a content security policy for pages; `undefined`: none. */
  readonly docsPath: string | undefined;
  /** Called after the refusal with every `Authorization` that was sent in the clear. */
  readonly onExposed: ((authorization: string, origin: Origin) => void) | undefined;
  /** `undefined`: requests are not logged. */
  readonly accessLog: AccessLog | undefined;
  /** `undefined`: no page of another origin may call the API. */
  readonly cors: Cors | undefined;
  readonly routes: KnownRoutes;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const HEALTH_PATHS: ReadonlySet<string> = new Set(['/health', '/health/live', '/health/ready']);
/** How long the rest of a refused body is still read. */
const LINGER_MS = 1_000;
const ONE_YEAR_SECONDS = 31_536_000;
const PAGE_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
const API_HEADERS = {
  ...PAGE_HEADERS,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};
const DOCS_HEADERS = {
  ...PAGE_HEADERS,
  // Swagger UI uses inline styles and data: images, and nothing from other origins.
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  'cache-control': 'no-cache',
};
const HTTPS_HEADERS = { 'strict-transport-security': `max-age=${ONE_YEAR_SECONDS}` };
/** The headers of every answer. */
export const HEADERS = {
  api: commonHeaders(API_HEADERS),
  docs: commonHeaders(DOCS_HEADERS),
};
/** An answer to one origin is not that to another one, and a cache must know it. */
export const CORS_HEADERS = {
  api: commonHeaders({ ...API_HEADERS, vary: 'Origin' }),
  docs: commonHeaders({ ...DOCS_HEADERS, vary: 'Origin' }),
};

/**
 * Checks every request and reads its body before either HTTP framework sees it, so that a refusal for the transport comes
 * before routing, body and credentials, both frameworks get the same request, and every reply and log line has the same
 * facts.
 *
 * Wraps the server's own `request` listener: adapters route or fail a request before their first hook.
 */
export class TransportGate {
  constructor(private readonly options: TransportGateOptions) {}

  install(server: Server): void {
    const listeners = server.listeners('request') as Listener[];
    server.removeAllListeners('request');
    const serve: Listener = (request, response) => {
      for (const listener of listeners) listener.call(server, request, response);
    };
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (!this.admit(request, response)) return;
      if (!this.hasBody(request)) {
        serve(request, response);
        return;
      }
      void serveWithBody(request, response, serve);
    });
  }

  private admit(request: IncomingMessage, response: ServerResponse): boolean {
    const facts: RequestFacts = {
      id: inboundRequestId(request) ?? randomUUID(),
      clientAddress: clientAddress(request, this.options.trusts),
      isGated: true,
      principal: undefined,
    };
    setRequestFacts(request, facts);
    this.options.accessLog?.writeWhenDone(request, response, facts);

    const security = transportSecurity(request, this.options);
    addHeaders(response, facts.id, this.headersFor(request, security));
    const isPreflight = this.options.cors?.addHeaders(request, response) ?? false;
    try {
      const isProbe = HEALTH_PATHS.has(pathOf(request.url ?? ''));
      if (security === 'insecure' && !isProbe) throw new CodedException(ERROR.HTTPS_REQUIRED);
      checkRequest(request);
      if (isPreflight) {
        answerPreflight(request, response);
        return false;
      }
      request.url = checkedTarget(request.url ?? '/');
      return true;
    } catch (refusal) {
      refuse(request, response, facts, refusal);
      if (security === 'insecure') this.reportExposed(request, originOf(facts));
      return false;
    }
  }

  private headersFor(request: IncomingMessage, security: TransportSecurity): CommonHeaders {
    const { docsPath, cors } = this.options;
    const isDocs = docsPath !== undefined && pathOf(request.url ?? '').startsWith(docsPath);
    const { overHttps, plain } = (cors ? CORS_HEADERS : HEADERS)[isDocs ? 'docs' : 'api'];
    return security === 'https' ? overHttps : plain;
  }

  /** Whether there is a body to read; one on a route that takes none is ignored, whatever it is. */
  private hasBody(request: IncomingMessage): boolean {
    const { method = '', url = '', headers } = request;
    const isAnnounced = announcesBody(request);
    if (isAnnounced && !this.options.routes.takesNoBody(method, url)) return true;
    if (isAnnounced || headers['content-type'] !== undefined) hideBody(request);
    return false;
  }

  private reportExposed(request: IncomingMessage, origin: Origin): void {
    const { onExposed } = this.options;
    const { authorization } = request.headers;
    // After the reply, so that a valid credential takes no longer than an invalid one (S-200).
    if (onExposed && authorization) setImmediate(() => onExposed(authorization, origin));
  }
}

async function serveWithBody(
  request: IncomingMessage,
  response: ServerResponse,
  serve: Listener,
): Promise<void> {
  try {
    await readBody(request);
  } catch (refusal) {
    refuse(request, response, requestFacts(request), refusal);
    return;
  }
  // After a time-out, which was answered already, Node still reads the rest of the body.
  if (request.socket.writable) serve(request, response);
  else request.socket.destroy();
}

function commonHeaders(headers: Readonly<Record<string, string>>) {
  return {
    overHttps: new CommonHeaders({ ...headers, ...HTTPS_HEADERS }),
    plain: new CommonHeaders(headers),
  };
}

function checkRequest(request: IncomingMessage): void {
  if (!METHODS.has(request.method ?? '')) {
    throw new CodedException(ERROR.METHOD_NOT_ALLOWED, {
      headers: { Allow: [...METHODS].join(', ') },
    });
  }
  const hosts = headerValues(request, 'host').length;
  if (hosts > 1 || (hosts === 0 && request.httpVersion !== '1.0')) throw notOnce('host');
  if (headerValues(request, 'authorization').length > 1) throw notOnce('authorization');
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
  end(request, response, JSON.stringify(body));
}

function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.statusCode = 204;
  end(request, response);
}

function end(request: IncomingMessage, response: ServerResponse, text = ''): void {
  if (text !== '') response.setHeader('Content-Length', Buffer.byteLength(text));
  if (!announcesBody(request) || request.complete) {
    response.end(text);
    return;
  }
  // On an open connection the bytes of a body that was not read would count as the next request.
  response.setHeader('Connection', 'close');
  response.write(text);
  // A connection that is closed while data arrives is reset, and the client may lose the answer (RFC 9112 §9.6).
  const timer = setTimeout(() => response.end(), LINGER_MS);
  finished(request.resume(), () => {
    clearTimeout(timer);
    response.end();
  });
}
