import type { ArgumentsHost } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { CodedException } from '../common/errors/coded.exception.js';
import { microservices, websockets } from '../common/optional-packages.cjs';

/**
 * Converts a refusal to the exception of the call's transport: a gateway or microservice answers any other one as an
 * internal error. Sets the refusal's headers on an HTTP response, because a host's filter does not know them.
 */
export function contextRefusal(
  thrown: unknown,
  host: ArgumentsHost,
  http: AbstractHttpAdapter | undefined,
): unknown {
  if (!(thrown instanceof CodedException)) return thrown;
  const { code, message } = thrown.entry;
  switch (host.getType<string>()) {
    case 'http':
      for (const [name, value] of Object.entries(thrown.headers)) {
        http?.setHeader(host.switchToHttp().getResponse(), name, value);
      }
      return thrown;
    case 'graphql':
      // GraphQL copies the `extensions` of an error into the response (its specification §7.1.2).
      return Object.assign(thrown, {
        extensions: {
          code: thrown.entry.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN',
          originalError: { code, message },
        },
      });
    // The packages are loaded only when such a handler runs, so that other applications need not install them.
    case 'ws':
      return wrapped(websockets()?.WsException, thrown);
    case 'rpc':
      return wrapped(microservices()?.RpcException, thrown);
    default:
      return thrown;
  }
}

function wrapped(
  Exception: (new (error: object) => Error) | undefined,
  thrown: CodedException,
): Error {
  const { code, message } = thrown.entry;
  return Exception ? new Exception({ code, message }) : thrown;
}
