import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { requestFacts } from './transport/request-facts.js';

/** Where a request came from, as far as a session keeps it. */
export interface ClientFacts {
  readonly address: string;
  readonly userAgent: string | null;
}

const MAX_USER_AGENT = 255;

export function clientFacts(request: IncomingMessage | { raw: IncomingMessage }): ClientFacts {
  const raw = 'raw' in request ? request.raw : request;
  const userAgent = raw.headers['user-agent']?.replaceAll('\t', ' ').slice(0, MAX_USER_AGENT);
  return { address: requestFacts(raw).clientAddress, userAgent: userAgent ?? null };
}

export const Client = createParamDecorator((_: unknown, context: ExecutionContext): ClientFacts =>
  clientFacts(context.switchToHttp().getRequest()),
);
