import { ERROR } from '../errors/error-codes.js';
import { ApiErrors } from './api-errors.decorator.js';

/** Documents the errors that every route with a body may return. */
export function ApiRequestErrors(): MethodDecorator & ClassDecorator {
  return ApiErrors(
    { ...ERROR.REQUEST_INVALID, errors: [{ field: 'body', message: 'body must be an object' }] },
    ERROR.BODY_NOT_JSON,
    ERROR.BODY_TOO_LARGE,
    ERROR.CONTENT_TYPE_UNSUPPORTED,
  );
}
