import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { rawRequest, type HttpRequest } from './transport/raw-request.js';
import { requestFacts } from './transport/request-facts.js';

/** The origin of a request, as a session stores it. */
export interface ClientFacts {
  readonly address: string;
  readonly userAgent: string | null;
}

const MAX_USER_AGENT = 255;

function clientFacts(request: HttpRequest): ClientFacts {
  const raw = rawRequest(request);
  const userAgent = raw.headers['user-agent']?.replaceAll('\t', ' ').slice(0, MAX_USER_AGENT);
  return { address: requestFacts(raw).clientAddress, userAgent: userAgent ?? null };
}

export const Client = createParamDecorator((_: unknown, context: ExecutionContext): ClientFacts =>
  clientFacts(context.switchToHttp().getRequest()),
);
