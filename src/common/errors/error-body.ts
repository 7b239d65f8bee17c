import type { CodedException, FieldError } from './coded.exception.js';

/** The body of every error: contract §8. */
export interface ErrorBody {
  code: number;
  message: string;
  errors?: readonly FieldError[];
  request_id?: string;
  error?: string;
  error_description?: string;
}

/** Facts on which the optional members of the body depend. */
export interface ErrorBodyContext {
  readonly requestId: string;
  /** Bodies of the token endpoint also have the members of RFC 6749 §5.2. */
  readonly isTokenEndpoint: boolean;
}

/** Builds the response body of a refusal; no other code does. */
export function errorBody(
  { entry, errors }: Pick<CodedException, 'entry' | 'errors'>,
  context: ErrorBodyContext,
): ErrorBody {
  const body: ErrorBody = { code: entry.code, message: entry.message };
  if (errors) body.errors = errors;
  if (entry.status >= 500) body.request_id = context.requestId;
  if (context.isTokenEndpoint) {
    body.error = entry.oauthError;
    // OAuth clients show it to the user; Swagger UI does too.
    body.error_description = entry.message;
  }
  return body;
}
