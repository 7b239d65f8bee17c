import { CodedException, type FieldError } from './coded.exception.js';

/** The body of every error: contract §8. */
export interface ErrorBody {
  code: number;
  message: string;
  errors?: readonly FieldError[];
  request_id?: string;
  error?: string;
}

/** Facts on which the optional members of the body depend. */
export interface ErrorBodyContext {
  readonly requestId: string;
  /** Token endpoint bodies also carry RFC 6749's `error`. */
  readonly isTokenEndpoint: boolean;
}

/** Builds the response body of a refusal; no other code does. */
export function errorBody(exception: CodedException, context: ErrorBodyContext): ErrorBody {
  const { entry, errors } = exception;
  const body: ErrorBody = { code: entry.code, message: entry.message };
  if (errors) body.errors = errors;
  if (entry.status >= 500) body.request_id = context.requestId;
  if (context.isTokenEndpoint) body.error = entry.oauthError;
  return body;
}
