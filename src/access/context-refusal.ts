import type { ArgumentsHost } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { createRequire } from 'node:module';
import { CodedException } from '../common/errors/coded.exception.js';
import { optionalPackage } from '../common/optional-package.js';

const load = createRequire(import.meta.url);

type Exceptions = Record<string, new (error: object) => Error>;

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
      return wrapped(() => load('@nestjs/websockets') as Exceptions, 'WsException', thrown);
    case 'rpc':
      return wrapped(() => load('@nestjs/microservices') as Exceptions, 'RpcException', thrown);
    default:
      return thrown;
  }
}

/** Such a handler runs only where the package is, so that nobody else has to have it. */
function wrapped(exceptions: () => Exceptions, name: string, thrown: CodedException): Error {
  const Exception = optionalPackage(exceptions)?.[name];
  const { code, message } = thrown.entry;
  return Exception ? new Exception({ code, message }) : thrown;
}
