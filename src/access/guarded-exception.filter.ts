import { Catch, HttpException, Injectable, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import {
  CodedExceptionFilter,
  isFrameworkStatus,
} from '../common/errors/coded-exception.filter.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { DeniedAccess } from './denied-access.js';

/**
 * Answers the exceptions of Gatehouse's own routes, and reports those that deny an authorization. An exception of a
 * host's guard or interceptor gets our form too, unless no code has its status: that is answered as Nest does.
 */
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
    if (isOfAnotherStatus(thrown)) {
      // Not in the constructor: a testing module of Nest has its adapter later.
      const nest = new BaseExceptionFilter(this.adapterHost.httpAdapter);
      // oxlint-disable-next-line promise/valid-params -- it is the filter's method, not a promise's
      nest.catch(thrown, host);
      return;
    }
    const reporting = this.denied.report(thrown, host);
    if (reporting) void this.answerAfter(reporting, thrown, host);
    else this.answer(thrown, host);
  }

  private async answerAfter(
    reporting: Promise<void>,
    thrown: unknown,
    host: ArgumentsHost,
  ): Promise<void> {
    try {
      await reporting;
    } catch (fault) {
      this.answer(fault, host);
      return;
    }
    this.answer(thrown, host);
  }

  private answer(thrown: unknown, host: ArgumentsHost): void {
    // oxlint-disable-next-line promise/valid-params -- it is the filter's method, not a promise's
    super.catch(thrown, host);
  }
}

function isOfAnotherStatus(thrown: unknown): boolean {
  if (!(thrown instanceof HttpException) || thrown instanceof CodedException) return false;
  return !isFrameworkStatus(thrown.getStatus());
}
