import type { ArgumentsHost } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { createRequire } from 'node:module';
import { CodedException } from '../common/errors/coded.exception.js';
import { optionalPackage } from '../common/optional-package.js';

const load = createRequire(import.meta.url);

type Exceptions = Record<string, new (error: object) => Error>;

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
    case 'ws':
      return wrapped(() => load('@nestjs/websockets') as Exceptions, 'WsException', thrown);
    case 'rpc':
      return wrapped(() => load('@nestjs/microservices') as Exceptions, 'RpcException', thrown);
    default:
      return thrown;
  }
}

/** Loads the package only when such a handler runs, so that other applications need not install it. */
function wrapped(exceptions: () => Exceptions, name: string, thrown: CodedException): Error {
  const Exception = optionalPackage(exceptions)?.[name];
  const { code, message } = thrown.entry;
  return Exception ? new Exception({ code, message }) : thrown;
}
