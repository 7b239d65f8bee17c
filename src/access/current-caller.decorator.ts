import { argument } from '../common/handler-arguments.js';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { originOf, requestFacts } from '../common/transport/request-facts.js';
import type { Caller } from './principal.js';
import { currentPrincipal } from './verified-principals.js';

/** Injects the verified principal with the request by which it acts, for routes that change something. */
export const CurrentCaller = (): ParameterDecorator => argument(callerOf);

function callerOf(request: HttpRequest): Caller | undefined {
  const principal = currentPrincipal(request);
  const origin = originOf(requestFacts(rawRequest(request)));
  return principal && { ...principal, principal, origin };
}
