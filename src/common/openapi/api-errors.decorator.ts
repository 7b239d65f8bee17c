import type { Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { ApiResponse } from '@nestjs/swagger';
import type { ErrorEntry } from '../errors/error-codes.js';

const ERRORS = Symbol('gatehouse:documented-errors');

/**
 * Documents refusals by code, one example each; codes of one status share one response. May be repeated;
 * on a class it adds to every route of it.
 */
export function ApiErrors(...entries: readonly ErrorEntry[]): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (descriptor) document(entries, target, key, descriptor);
    else for (const route of routesOf(target as Type)) document(entries, ...route);
  };
}

/** A response of a route replaces the class's of the same status, so that all have to stand at the route. */
function document(
  entries: readonly ErrorEntry[],
  target: object,
  key: string | symbol | undefined,
  descriptor: PropertyDescriptor,
): void {
  const handler = descriptor.value as object;
  const earlier = (Reflect.getMetadata(ERRORS, handler) as ErrorEntry[] | undefined) ?? [];
  const all = [...new Set([...earlier, ...entries])].sort((a, b) => a.code - b.code);
  Reflect.defineMetadata(ERRORS, all, handler);
  for (const status of new Set(all.map((each) => each.status))) {
    const decorate = describe(
      status,
      all.filter((each) => each.status === status),
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

function describe(status: number, entries: readonly ErrorEntry[]): MethodDecorator {
  const examples = entries.map(({ code, message }) => [
    String(code),
    { summary: message, value: { code, message } },
  ]);
  return ApiResponse({
    status,
    description: entries.map(({ code, message }) => `\`${code}\` ${message}`).join(' · '),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/ErrorDto' },
        examples: Object.fromEntries(examples) as Record<
          string,
          { summary: string; value: object }
        >,
      },
    },
  });
}
