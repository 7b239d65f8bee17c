import { ConflictException, HttpException, type ArgumentsHost } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { expect, it, jest } from '@jest/globals';
import type { DeniedAccess } from './denied-access.js';
import { GuardedExceptionFilter } from './guarded-exception.filter.js';

it.each([409, 402])(
  'answers a %i of a guard as Nest does, also where the adapter comes after the filter (S-208)',
  (status) => {
    const adapters: { httpAdapter?: object } = {};
    const denied = { report: () => undefined } as unknown as DeniedAccess;
    const filter = new GuardedExceptionFilter(adapters as HttpAdapterHost, denied);
    const reply = jest.fn();
    // A testing module of Nest has its adapter only from `createNestApplication` on.
    adapters.httpAdapter = { isHeadersSent: () => false, reply };
    const response = {};
    const host = { getArgByIndex: () => response } as unknown as ArgumentsHost;
    const thrown = status === 409 ? new ConflictException() : new HttpException('pay', status);
    filter.catch(thrown, host);
    expect(reply).toHaveBeenCalledWith(response, expect.anything(), status);
  },
);
