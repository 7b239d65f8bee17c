import { ERROR } from '../errors/error-codes.js';
import { ApiErrors } from './api-errors.decorator.js';

/** What any route that takes a body may answer, whatever it does. */
export function ApiRequestErrors(): MethodDecorator & ClassDecorator {
  return ApiErrors(
    ERROR.REQUEST_INVALID,
    ERROR.BODY_NOT_JSON,
    ERROR.BODY_TOO_LARGE,
    ERROR.CONTENT_TYPE_UNSUPPORTED,
  );
}
