import { applyDecorators, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import { CUSTOM_ROUTE_ARGS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { RequestValidationPipe } from '../common/validation/validation.pipe.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { GuardedExceptionFilter } from './guarded-exception.filter.js';
import { ScopesGuard } from './scopes.guard.js';
import { TransportGuard } from './transport.guard.js';

/**
 * Adds guards, validation and the error filter to a Gatehouse controller, because a host may have no global ones
 * (S-190).
 */
export function Guarded(): ClassDecorator {
  return applyDecorators(
    UseGuards(TransportGuard, AuthenticationGuard, ScopesGuard),
    validateInput,
    UseFilters(GuardedExceptionFilter),
    // 40001 and 40002 apply to routes without a body too: they may have a query.
    ApiErrors(ERROR.REQUEST_INVALID, ERROR.BODY_NOT_JSON, ERROR.HTTPS_REQUIRED, ERROR.INTERNAL),
  );
}

/** Adds the pipe only to methods with input: Nest would await it for parameters of our own decorators too. */
function validateInput(controller: object): void {
  const { prototype } = controller as { readonly prototype: object };
  if (Object.getPrototypeOf(prototype) !== Object.prototype) {
    throw new Error('a guarded controller inherits nothing: its input would not be validated');
  }
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as
      object | undefined;
    if (Object.keys(parameters ?? {}).some(isInput)) {
      UsePipes(RequestValidationPipe)(prototype, name, descriptor);
    }
  }
}

function isInput(key: string): boolean {
  return !key.includes(CUSTOM_ROUTE_ARGS_METADATA);
}
