import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { ErrorEntry } from '../errors/error-codes.js';
import { ErrorDto } from './error.dto.js';

/**
 * Documents refusals by code, one example each. May be repeated on a route: codes of one status add up.
 * On a class, a route's own response of the same status replaces it.
 */
export function ApiErrors(...entries: readonly ErrorEntry[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(entries.map(({ status }) => status))];
  return applyDecorators(
    ...statuses.map((status) =>
      describe(
        status,
        entries.filter((each) => each.status === status),
      ),
    ),
  );
}

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
