import { Injectable, ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { CodedException, type FieldError } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';
import { knownMembers } from './known-members.js';
import { findUnsafeText } from './unsafe-text.js';

/**
 * Validates the input of every request: it refuses unknown members (or ignores them where the DTO says so, S-98),
 * converts nothing, and requires well-formed text without control characters (S-126, S-133, S-136).
 *
 * @throws CodedException 40001 with one item per faulty field
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => fieldErrors(error))),
    });
  }

  override async transform(input: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Values of custom decorators are not input.
    if (metadata.type === 'custom') return input;
    const value = knownMembers(input, metadata);
    const field = findUnsafeText(value, metadata.data);
    if (field !== undefined) {
      const message = `${field} must be well-formed text without control characters`;
      throw invalidRequest([{ field, message }]);
    }
    const inherited = Object.keys(Object(value) as object).find(isInheritedName);
    if (inherited !== undefined) {
      const message = `property ${inherited} should not exist`;
      throw invalidRequest([{ field: inherited, message }]);
    }
    if (metadata.type === 'body' && value !== undefined && !isPlainObject(value)) {
      throw invalidRequest([{ field: 'body', message: 'body must be an object' }]);
    }
    return (await super.transform(value, metadata)) as unknown;
  }
}

export function invalidRequest(errors: readonly FieldError[]): CodedException {
  return new CodedException(ERROR.REQUEST_INVALID, { errors });
}

/** The base pipe would drop such a member or take it for a declared one, and not refuse it. */
function isInheritedName(name: string): boolean {
  return name in Object.prototype || name === 'prototype';
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldErrors(error: ValidationError, prefix = ''): FieldError[] {
  const field = prefix + error.property;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
}
