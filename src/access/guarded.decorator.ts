import { applyDecorators, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import { CUSTOM_ROUTE_ARGS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ERROR } from '../common/errors/error-codes.js';
import { CodedExceptionFilter } from '../common/errors/coded-exception.filter.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { RequestValidationPipe } from '../common/validation/validation.pipe.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { ScopesGuard } from './scopes.guard.js';
import { TransportGuard } from './transport.guard.js';

/**
 * What every Gatehouse controller brings along, so that it works the same in a host that has no global
 * guard, pipe or filter (S-190).
 */
export function Guarded(): ClassDecorator {
  return applyDecorators(
    UseGuards(TransportGuard, AuthenticationGuard, ScopesGuard),
    validatesInput,
    UseFilters(CodedExceptionFilter),
    // 40001 and 40002: for a query, on routes without a body too.
    ApiErrors(ERROR.REQUEST_INVALID, ERROR.BODY_NOT_JSON, ERROR.HTTPS_REQUIRED, ERROR.INTERNAL),
  );
}

/** Methods that take none are spared the pipe: Nest has it wait even for what our own decorators give. */
function validatesInput(controller: object): void {
  const { prototype } = controller as { readonly prototype: object };
  if (Object.getPrototypeOf(prototype) !== Object.prototype) {
    throw new Error('a guarded controller inherits nothing: its input would not be validated');
  }
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const taken = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as object | undefined;
    if (Object.keys(taken ?? {}).some(isInput)) {
      UsePipes(RequestValidationPipe)(prototype, name, descriptor);
    }
  }
}

function isInput(key: string): boolean {
  return !key.includes(CUSTOM_ROUTE_ARGS_METADATA);
}
