import type { IncomingMessage } from 'node:http';

/** A request as Express hands it out, or wrapped as Fastify does. */
export type HttpRequest = IncomingMessage | { readonly raw: IncomingMessage };

/** Node's own request, whichever framework it came through. */
export function rawRequest(request: HttpRequest): IncomingMessage {
  return 'raw' in request ? request.raw : request;
}
