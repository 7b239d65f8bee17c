import type { ArgumentsHost } from '@nestjs/common';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { handshakeOf } from './handshakes.js';
import { messageAuthorization } from './message-metadata.js';

/** The transport object behind a call: an HTTP request, a socket client or a message context. */
export interface Carrier {
  /** The object that the verified principal is stored for. */
  readonly key: object;
  /** Whether the object belongs to one call only. A socket carries many, and each is verified. */
  readonly isOneCall: boolean;
  readonly authorization: string | undefined;
  /** The HTTP request that opened it; `undefined` for messages of a microservice. */
  readonly request: HttpRequest | undefined;
}

/** Context of a GraphQL operation, as the drivers of `@nestjs/graphql` create it. */
interface GraphqlContext {
  readonly req?: HttpRequest;
  readonly request?: HttpRequest;
  readonly reply?: { readonly request: HttpRequest };
  readonly extra?: { readonly request: HttpRequest };
  /** Parameters of the socket that a subscription uses. */
  readonly connectionParams?: Readonly<Record<string, unknown>>;
}

/** The carrier of an HTTP request, a GraphQL operation, a message on a socket or one of a microservice. */
export function carrierOf(host: ArgumentsHost): Carrier {
  switch (host.getType<string>()) {
    case 'graphql':
      return graphqlCarrier(host.getArgByIndex<GraphqlContext>(2));
    case 'ws':
      return socketCarrier(host.switchToWs().getClient<object>());
    case 'rpc': {
      const rpc = host.switchToRpc();
      return messageCarrier(rpc.getContext<object>(), rpc.getData<unknown>());
    }
    default:
      return httpCarrier(httpRequestOf(host));
  }
}

/** The object that a call's verified principal is stored for. */
export function carrierKey(host: ArgumentsHost): object {
  return host.getType<string>() === 'http' ? httpRequestOf(host) : carrierOf(host).key;
}

/** The same as `switchToHttp().getRequest()`, which allocates three functions at each call. */
function httpRequestOf(host: ArgumentsHost): HttpRequest {
  return host.getArgByIndex<HttpRequest>(0);
}

function httpCarrier(request: HttpRequest): Carrier {
  const { authorization } = rawRequest(request).headers;
  return { key: request, isOneCall: true, authorization, request };
}

function graphqlCarrier(context: GraphqlContext): Carrier {
  const request =
    context.req ?? context.request ?? context.reply?.request ?? context.extra?.request;
  const { connectionParams } = context;
  if (!connectionParams && request) return httpCarrier(request);
  const sent = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  return {
    key: context,
    isOneCall: false,
    authorization:
      typeof sent === 'string' ? sent : request && rawRequest(request).headers.authorization,
    request,
  };
}

function socketCarrier(client: object): Carrier {
  return { key: client, isOneCall: false, ...handshakeOf(client) };
}

function messageCarrier(context: object, data: unknown): Carrier {
  return {
    key: context,
    isOneCall: false,
    authorization: messageAuthorization(context, data),
    request: undefined,
  };
}
