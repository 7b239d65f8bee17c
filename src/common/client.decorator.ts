import { argument } from './handler-arguments.js';
import { rawRequest, type HttpRequest } from './transport/raw-request.js';
import { requestFacts, type Origin } from './transport/request-facts.js';

/** The origin of a request, as a session stores it. */
export interface ClientFacts {
  readonly address: string;
  readonly userAgent: string | null;
  /** `undefined` for a session that the application's code begins. */
  readonly requestId?: string | undefined;
}

/** The same as an event names it. */
export function clientOrigin({ address: clientAddress, requestId }: ClientFacts): Origin {
  return { clientAddress, requestId };
}

const MAX_USER_AGENT = 255;

function clientFacts(request: HttpRequest): ClientFacts {
  const raw = rawRequest(request);
  const userAgent = raw.headers['user-agent']?.replaceAll('\t', ' ').slice(0, MAX_USER_AGENT);
  const { id: requestId, clientAddress: address } = requestFacts(raw);
  return { address, userAgent: userAgent ?? null, requestId };
}

export const Client = (): ParameterDecorator => argument(clientFacts);
