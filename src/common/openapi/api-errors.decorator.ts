import { SetMetadata, type Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { ApiResponse } from './swagger.js';
import type { FieldError } from '../errors/coded.exception.js';
import { errorBody } from '../errors/error-body.js';
import type { ErrorEntry } from '../errors/error-codes.js';
import { ErrorDto } from './error.dto.js';

/** A refusal, and the `errors` of its example. */
export type DocumentedError = ErrorEntry & { readonly errors?: readonly FieldError[] };

const DOCUMENTED = Symbol('gatehouse:documented-errors');
const TOKEN_ENDPOINT = Symbol('gatehouse:documents-token-endpoint');
const REQUEST_ID = '7d5c0a52-9b6e-4f0e-8f34-6a1d3c9b2e70';

/** Adds the members of RFC 6749 §5.2 to the examples of a route. Stands below the decorators that document its errors. */
export const ApiTokenEndpoint = (): MethodDecorator => SetMetadata(TOKEN_ENDPOINT, true);

/**
 * Documents refusals by code, each with the body that it has as its example; codes of one status share one response. May
 * be repeated, and the first example of a code stays; on a class it adds to each of its routes.
 */
export function ApiErrors(
  ...entries: readonly DocumentedError[]
): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (descriptor) document(entries, target, key, descriptor);
    else for (const route of routesOf(target as Type)) document(entries, ...route);
  };
}

/** A route's response replaces the class's response of the same status, so all entries are put on the route. */
function document(
  entries: readonly DocumentedError[],
  target: object,
  key: string | symbol | undefined,
  descriptor: PropertyDescriptor,
): void {
  const handler = descriptor.value as object;
  const earlier = (Reflect.getMetadata(DOCUMENTED, handler) as number[] | undefined) ?? [];
  const added = entries.filter(({ code }) => !earlier.includes(code));
  Reflect.defineMetadata(DOCUMENTED, [...earlier, ...added.map(({ code }) => code)], handler);
  const isTokenEndpoint = Reflect.getMetadata(TOKEN_ENDPOINT, handler) === true;
  for (const status of new Set(added.map((entry) => entry.status))) {
    const decorate = describe(
      status,
      added.filter((entry) => entry.status === status),
      isTokenEndpoint,
    );
    decorate(target, key as string, descriptor);
  }
}

function routesOf({ prototype }: Type): [object, string, PropertyDescriptor][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype as object))
    .filter(([, { value }]) => typeof value === 'function' && isRoute(value))
    .map(([name, descriptor]) => [prototype as object, name, descriptor]);
}

function isRoute(handler: object): boolean {
  return Reflect.hasMetadata(METHOD_METADATA, handler);
}

/** Swagger merges descriptions and examples of one status into one response. */
function describe(
  status: number,
  entries: readonly DocumentedError[],
  isTokenEndpoint: boolean,
): MethodDecorator {
  const examples = entries.map((entry) => {
    const refusal = { entry, errors: entry.errors };
    const value = errorBody(refusal, { requestId: REQUEST_ID, isTokenEndpoint });
    return [String(entry.code), { summary: entry.message, value }];
  });
  return ApiResponse({
    status,
    type: ErrorDto,
    description: entries.map(({ code, message }) => `\`${code}\` ${message}`).join('\n\n'),
    examples: Object.fromEntries(examples) as Record<string, { summary: string; value: object }>,
  });
}
