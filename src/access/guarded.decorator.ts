import { applyDecorators, UseFilters, UseGuards } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ERROR } from '../common/errors/error-codes.js';
import { InputGuard, inputsOf } from '../common/handler-arguments.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { GuardedExceptionFilter } from './guarded-exception.filter.js';
import { ScopesGuard } from './scopes.guard.js';
import { TransportGuard } from './transport.guard.js';

const TWO_CREDENTIALS = { field: 'authorization', message: 'authorization must be sent once' };

/**
 * Adds guards, the reading of input and the error filter to a Gatehouse controller, because a host may have no global
 * ones (S-190).
 */
export function Guarded(): ClassDecorator {
  return applyDecorators(
    UseGuards(TransportGuard, AuthenticationGuard, ScopesGuard),
    readInput,
    UseFilters(GuardedExceptionFilter),
    // 40001 and 40002 apply to routes without a body too: of their headers and their query.
    ApiErrors(
      { ...ERROR.REQUEST_INVALID, errors: [TWO_CREDENTIALS] },
      ERROR.BODY_NOT_JSON,
      ERROR.HTTPS_REQUIRED,
      ERROR.INTERNAL,
    ),
  );
}

/** Parameters that Nest passes on without running pipes. */
const UNPIPED = new Set([RouteParamtypes.REQUEST, RouteParamtypes.RESPONSE].map(String));

/** Documents the input and adds the guard that reads it, as the last one and only to methods with input. */
function readInput(controller: object): void {
  const { prototype } = controller as { readonly prototype: object };
  if (Object.getPrototypeOf(prototype) !== Object.prototype) {
    throw new Error('a guarded controller inherits nothing: its input would not be validated');
  }
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as
      object | undefined;
    // A key is the type of the parameter and its position.
    if (Object.keys(parameters ?? {}).some((key) => !UNPIPED.has(key.replace(/:.*/, '')))) {
      throw new Error(`${name} has a parameter on which the global pipes of a host would run`);
    }
    const inputs = inputsOf(prototype, name);
    if (inputs.length === 0) continue;
    UseGuards(new InputGuard(inputs))(prototype, name, descriptor);
    for (const { describe } of inputs) describe?.(prototype, name, descriptor);
  }
}
