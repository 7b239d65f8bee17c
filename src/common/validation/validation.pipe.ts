import { Injectable, type ArgumentMetadata, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { Validator, type ValidationError, type ValidatorOptions } from 'class-validator';
import { CodedException, type FieldError } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';
import { knownMembers } from './known-members.js';
import { findUnsafeText } from './unsafe-text.js';

const RULES: ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: false, value: false },
};

/** The body or the query of a request, and its class. */
interface Input extends ArgumentMetadata {
  readonly type: 'body' | 'query';
  readonly metatype: Type<object>;
}

/**
 * Validates the input of every request: it refuses unknown members (or ignores them where the DTO says so, S-98),
 * converts nothing, and requires well-formed text without control characters (S-126, S-133, S-136).
 *
 * It does not extend Nest's `ValidationPipe`, all instances of which use the `validatorPackage` of the newest one: a
 * host's would change ours (S-208).
 *
 * @throws CodedException 40001 with one item per faulty field
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  private readonly validator = new Validator();

  async transform(input: unknown, metadata: Input): Promise<object> {
    const value = knownMembers(input, metadata) ?? {};
    const field = findUnsafeText(value, metadata.data);
    if (field !== undefined) {
      const message = `${field} must be well-formed text without control characters`;
      throw invalidRequest([{ field, message }]);
    }
    const inherited = Object.keys(value).find(isInheritedName);
    if (inherited !== undefined) {
      const message = `property ${inherited} should not exist`;
      throw invalidRequest([{ field: inherited, message }]);
    }
    if (input !== undefined && !isPlainObject(input)) {
      const { type } = metadata;
      throw invalidRequest([{ field: type, message: `${type} must be an object` }]);
    }
    const dto = plainToInstance(metadata.metatype, value);
    const errors = await this.validator.validate(dto, RULES);
    if (errors.length > 0) throw invalidRequest(errors.flatMap((error) => fieldErrors(error)));
    return dto;
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
