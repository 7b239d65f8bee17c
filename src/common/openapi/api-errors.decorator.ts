import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { ErrorEntry } from '../errors/error-codes.js';

const ERRORS = Symbol('gatehouse:documented-errors');

/** Documents refusals by code, one example each; codes of one status share one response. May be repeated. */
export function ApiErrors(...entries: readonly ErrorEntry[]): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const holder = (descriptor?.value as object | undefined) ?? target;
    // Several decorators of one route add up, since a response of the same status replaces the last.
    const earlier = (Reflect.getMetadata(ERRORS, holder) as ErrorEntry[] | undefined) ?? [];
    const all = [...new Set([...earlier, ...entries])];
    Reflect.defineMetadata(ERRORS, all, holder);
    const statuses = [...new Set(all.map(({ status }) => status))];
    const decorate = applyDecorators(
      ...statuses.map((status) =>
        describe(
          status,
          all.filter((each) => each.status === status),
        ),
      ),
    );
    decorate(target as never, key as never, descriptor as never);
  };
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
