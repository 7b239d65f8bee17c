import { HttpException } from '@nestjs/common';
import type { ErrorEntry } from './error-codes.js';

/** The fault of one field of a request; sent with 40001. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface CodedExceptionOptions {
  /** Sent to the client: with 40001 one item per faulty field, with 40301 the header that was ignored. */
  readonly errors?: readonly FieldError[];
  /** Response headers, such as `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only; never leaves the process. */
  readonly detail?: string;
  /** For the audit log only: the id of the resource, if it is not the one in the path. */
  readonly targetId?: string;
  readonly cause?: unknown;
}

/**
 * A refusal of Gatehouse: an entry of the catalogue, plus details for the client or the log.
 *
 * @example throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'no such user' });
 * @public
 */
export class CodedException extends HttpException {
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: string | undefined;
  readonly targetId: string | undefined;

  constructor(
    readonly entry: ErrorEntry,
    options: CodedExceptionOptions = {},
  ) {
    const { errors } = options;
    // The response body in a host's application that does not use Gatehouse's filter.
    const body = { code: entry.code, message: entry.message, ...(errors && { errors }) };
    super(body, entry.status, { cause: options.cause });
    this.errors = errors;
    this.headers = { ...retryAfter(entry), ...options.headers };
    this.detail = options.detail;
    this.targetId = options.targetId;
  }
}

/** Contract §8: 429 and 503 say when to try again. */
function retryAfter({ status }: ErrorEntry): Record<string, string> {
  return status === 429 || status === 503 ? { 'Retry-After': '5' } : {};
}
