import type { ArgumentsHost } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { CodedException } from '../common/errors/coded.exception.js';
import { optionalPackage } from '../common/optional-package.js';

type ExceptionOf = new (error: object) => Error;

/**
 * A refusal in the form that a call's kind of handler passes on as it is; anything else a gateway or
 * microservice would call an internal error. An HTTP reply gets the refusal's headers here, since a host's
 * filter knows nothing of them.
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
      // GraphQL takes over what an error carries as `extensions` (its specification §7.1.2).
      return Object.assign(thrown, {
        extensions: {
          code: thrown.entry.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN',
          originalError: { code, message },
        },
      });
    case 'ws':
      return wrapped('@nestjs/websockets', 'WsException', { code, message }) ?? thrown;
    case 'rpc':
      return wrapped('@nestjs/microservices', 'RpcException', { code, message }) ?? thrown;
    default:
      return thrown;
  }
}

/** Such a handler runs only where the package is, so that nobody else has to have it. */
function wrapped(packageName: string, exception: string, error: object): Error | undefined {
  const Exception = optionalPackage<Record<string, ExceptionOf>>(packageName)?.[exception];
  return Exception && new Exception(error);
}
