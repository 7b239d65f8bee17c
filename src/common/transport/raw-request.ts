import type { IncomingMessage } from 'node:http';

/** A request of Express, or one that Fastify has wrapped. */
export type HttpRequest = IncomingMessage | { readonly raw: IncomingMessage };

/** Node's own request, from either framework. */
export function rawRequest(request: HttpRequest): IncomingMessage {
  return 'raw' in request ? request.raw : request;
}
