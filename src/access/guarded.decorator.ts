import { applyDecorators, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
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
    UsePipes(RequestValidationPipe),
    UseFilters(CodedExceptionFilter),
    // 40001 and 40002: for a query, on routes without a body too.
    ApiErrors(ERROR.REQUEST_INVALID, ERROR.BODY_NOT_JSON, ERROR.HTTPS_REQUIRED, ERROR.INTERNAL),
  );
}
