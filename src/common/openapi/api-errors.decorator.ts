import type { Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { ApiResponse } from './swagger.js';
import type { ErrorEntry } from '../errors/error-codes.js';
import { ErrorDto } from './error.dto.js';

const DOCUMENTED = Symbol('gatehouse:documented-errors');

/**
 * Documents refusals by code, one example each; codes of one status share one response. May be repeated;
 * on a class it adds to each of its routes.
 */
export function ApiErrors(...entries: readonly ErrorEntry[]): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (descriptor) document(entries, target, key, descriptor);
    else for (const route of routesOf(target as Type)) document(entries, ...route);
  };
}

/** A route's response replaces the class's response of the same status, so all entries are put on the route. */
function document(
  entries: readonly ErrorEntry[],
  target: object,
  key: string | symbol | undefined,
  descriptor: PropertyDescriptor,
): void {
  const handler = descriptor.value as object;
  const earlier = (Reflect.getMetadata(DOCUMENTED, handler) as ErrorEntry[] | undefined) ?? [];
  const added = entries.filter((entry) => !earlier.includes(entry));
  Reflect.defineMetadata(DOCUMENTED, [...earlier, ...added], handler);
  for (const status of new Set(added.map((entry) => entry.status))) {
    const decorate = describe(
      status,
      added.filter((entry) => entry.status === status),
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
function describe(status: number, entries: readonly ErrorEntry[]): MethodDecorator {
  const examples = entries.map(({ code, message }) => [
    String(code),
    { summary: message, value: { code, message } },
  ]);
  return ApiResponse({
    status,
    type: ErrorDto,
    description: entries.map(({ code, message }) => `\`${code}\` ${message}`).join('\n\n'),
    examples: Object.fromEntries(examples) as Record<string, { summary: string; value: object }>,
  });
}
