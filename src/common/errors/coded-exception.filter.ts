import {
  Catch,
  HttpException,
  Injectable,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { isTokenRequest, requestFacts } from '../transport/request-facts.js';
import { rawRequest } from '../transport/raw-request.js';
import { CodedException } from './coded.exception.js';
import { errorBody } from './error-body.js';
import { ERROR, type ErrorEntry } from './error-codes.js';

/** What a refusal is answered with. */
export interface ErrorAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const JSON_HEADERS = { 'Content-Type': 'application/json; charset=utf-8' };

/**
 * Turns every thrown value into the contract's error form.
 *
 * A refusal of the framework itself (404, 413, 415 …) is mapped by its status; an unknown error becomes a
 * 50001 whose cause only the log shows (S-142, S-143).
 */
@Catch()
@Injectable()
export class CodedExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(protected readonly adapterHost: HttpAdapterHost) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const request = rawRequest(host.switchToHttp().getRequest());
    const response: unknown = host.switchToHttp().getResponse();
    const facts = requestFacts(request);
    const exception = this.toCoded(thrown, request);

    this.log(exception, facts.id);
    if (httpAdapter.isHeadersSent(response)) return;

    for (const [name, value] of Object.entries(exception.headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    const { headers, body } = this.answerOf(exception, request);
    for (const [name, value] of Object.entries(headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, exception.entry.status);
  }

  /** The answer to a refusal, besides its status and the refusal's own headers. */
  protected answerOf(exception: CodedException, request: IncomingMessage): ErrorAnswer {
    const body = errorBody(exception, {
      requestId: requestFacts(request).id,
      isTokenEndpoint: isTokenRequest(request),
    });
    return { headers: JSON_HEADERS, body };
  }

  private toCoded(thrown: unknown, request: IncomingMessage): CodedException {
    if (thrown instanceof CodedException) return thrown;
    const status = statusOf(thrown);
    if (status === 404) return this.toNotFound(request);
    const entry = status === undefined ? ERROR.INTERNAL : FRAMEWORK_REFUSALS[status];
    return new CodedException(entry ?? ERROR.INTERNAL, { cause: thrown });
  }

  /** The refusal when no route serves the path under this method. */
  protected toNotFound(_request: IncomingMessage): CodedException {
    return new CodedException(ERROR.ROUTE_NOT_FOUND);
  }

  private log(exception: CodedException, requestId: string): void {
    const { cause, detail, entry } = exception;
    const text = `${entry.code} request=${requestId}${detail ? ` ${detail}` : ''}`;
    if (entry.status < 500) {
      // The client does not learn which of several reasons applied.
      if (detail !== undefined) this.logger.debug(text);
      return;
    }
    // Only message and stack: a driver's error also holds the SQL parameters (S-146).
    this.logger.error(cause instanceof Error ? `${text}: ${cause.message}` : text, stackOf(cause));
  }
}

const FRAMEWORK_REFUSALS: Readonly<Record<number, ErrorEntry>> = {
  400: ERROR.REQUEST_INVALID,
  401: ERROR.AUTHENTICATION_REQUIRED,
  403: ERROR.SCOPE_INSUFFICIENT,
  405: ERROR.METHOD_NOT_ALLOWED,
  408: ERROR.REQUEST_TIMEOUT,
  413: ERROR.BODY_TOO_LARGE,
  414: ERROR.REQUEST_INVALID,
  415: ERROR.CONTENT_TYPE_UNSUPPORTED,
  429: ERROR.TOO_MANY_REQUESTS,
  431: ERROR.HEADERS_TOO_LARGE,
  503: ERROR.UNAVAILABLE,
};

/** Whether the catalogue has an error for the status of an exception of the framework. */
export function isFrameworkStatus(status: number): boolean {
  return status === 404 || status === 500 || status in FRAMEWORK_REFUSALS;
}

/** Nest's exceptions have `getStatus()`; Fastify's and body-parser's errors carry a number. */
function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const { statusCode, status } = thrown as { statusCode?: unknown; status?: unknown };
  const candidate = statusCode ?? status;
  return typeof candidate === 'number' ? candidate : undefined;
}

function stackOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.stack : undefined;
}
