import { Catch, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { CodedExceptionFilter } from '../../common/errors/coded-exception.filter.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { KnownRoutes } from './known-routes.js';

/** The application-wide filter: like that of the controllers, and it distinguishes a wrong method from a wrong path. */
@Catch()
@Injectable()
export class RouteNotFoundFilter extends CodedExceptionFilter {
  constructor(
    adapterHost: HttpAdapterHost,
    private readonly routes: KnownRoutes,
  ) {
    super(adapterHost);
  }

  /** RFC 9110 §15.5.6: a known path under another method is 405 and lists the allowed methods. */
  protected override toNotFound(request: IncomingMessage): CodedException {
    const methods = this.routes.methodsOf(request.url ?? '/');
    if (methods.length === 0 || methods.includes(request.method ?? '')) {
      return super.toNotFound(request);
    }
    return new CodedException(ERROR.METHOD_NOT_ALLOWED, { headers: { Allow: methods.join(', ') } });
  }
}
