import { Catch, Injectable, type ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CodedExceptionFilter } from '../common/errors/coded-exception.filter.js';
import { DeniedAccess } from './denied-access.js';

/** Answers the exceptions of Gatehouse's own routes, and publishes those that deny an authorization. */
@Catch()
@Injectable()
export class GuardedExceptionFilter extends CodedExceptionFilter {
  constructor(
    adapterHost: HttpAdapterHost,
    private readonly denied: DeniedAccess,
  ) {
    super(adapterHost);
  }

  override catch(thrown: unknown, host: ArgumentsHost): void {
    this.denied.publish(thrown, host);
    // oxlint-disable-next-line promise/valid-params -- it is the filter's method, not a promise's
    super.catch(thrown, host);
  }
}
