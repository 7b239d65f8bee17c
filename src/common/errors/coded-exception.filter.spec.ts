import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  NotFoundException,
  Logger,
  type ArgumentsHost,
} from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { incoming } from '../../../test/support/incoming.js';
import { setRequestFacts } from '../transport/request-facts.js';
import { CodedExceptionFilter } from './coded-exception.filter.js';
import { CodedException } from './coded.exception.js';
import { ERROR } from './error-codes.js';

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

const logged = jest.fn();

beforeEach(() => {
  jest
    .spyOn(Logger.prototype, 'error')
    .mockImplementation((...parts: unknown[]) => logged(...parts));
});
afterEach(() => {
  logged.mockClear();
  jest.restoreAllMocks();
});

/** The reply to a client after `thrown`; `undefined` if the answer had begun before. */
function replyTo(
  thrown: unknown,
  { url = '/oauth/me', isHeadersSent = false, isFastify = false } = {},
): Reply | undefined {
  let reply: Reply | undefined;
  const headers: Record<string, string> = {};
  const httpAdapter = {
    isHeadersSent: () => isHeadersSent,
    setHeader: (_: unknown, name: string, value: string) => void (headers[name] = value),
    reply: (_: unknown, body: Record<string, unknown>, status: number) =>
      (reply = { status, headers, body }),
  };
  const raw = incoming({ url });
  setRequestFacts(raw, { id: 'request-1', clientAddress: '192.0.2.1' });
  const host = {
    switchToHttp: () => ({
      getRequest: () => (isFastify ? { raw } : raw),
      getResponse: () => ({}),
    }),
  };
  new CodedExceptionFilter({ httpAdapter } as unknown as HttpAdapterHost).catch(
    thrown,
    host as unknown as ArgumentsHost,
  );
  return reply;
}

const SECRET = 'hunter2 /srv/app/x.ts SELECT * FROM users';

describe('CodedExceptionFilter', () => {
  it.each(Object.entries(ERROR))(
    'answers %s with its code, status and message (S-142)',
    (_, entry) => {
      for (const isFastify of [false, true]) {
        const reply = replyTo(
          new CodedException(entry, { detail: SECRET, cause: new Error(SECRET) }),
          { isFastify },
        );
        expect(reply).toMatchObject({
          status: entry.status,
          headers: { 'Content-Type': 'application/json; charset=utf-8' },
          body: { code: entry.code, message: entry.message },
        });
        const extras = entry.status >= 500 ? ['request_id'] : [];
        expect(Object.keys(reply?.body ?? {})).toEqual(['code', 'message', ...extras]);
        expect(JSON.stringify(reply)).not.toContain('hunter2');
      }
    },
  );

  it('adds errors to 40001 and both members of RFC 6749 at the token endpoint, and nothing else (S-142)', () => {
    const errors = [{ field: 'x', message: 'x must be a string' }];
    const thrown = new CodedException(ERROR.REQUEST_INVALID, { errors });
    const url = '/oauth/token?grant_type=password';
    expect(replyTo(thrown, { url })?.body).toEqual({
      code: 40001,
      message: 'Request is invalid',
      errors,
      error: 'invalid_request',
      error_description: 'Request is invalid',
    });
    expect(replyTo(new CodedException(ERROR.INTERNAL), { url })?.body).toEqual({
      code: 50001,
      message: 'Internal error',
      request_id: 'request-1',
      error: 'server_error',
      error_description: 'Internal error',
    });
  });

  it.each([
    [400, 40001],
    [401, 40101],
    [403, 40302],
    [404, 40400],
    [405, 40501],
    [408, 40801],
    [413, 41301],
    [414, 40001],
    [415, 41501],
    [429, 42901],
    [431, 43101],
    [500, 50001],
    [503, 50301],
    [418, 50001],
    [200, 50001],
    [0, 50001],
  ])("maps the framework's %d to %d, in every shape of error (S-142)", (status, code) => {
    for (const thrown of [
      new HttpException(SECRET, status),
      Object.assign(new Error(SECRET), { statusCode: status }),
      Object.assign(new Error(SECRET), { status }),
      { statusCode: status, message: SECRET },
    ]) {
      const reply = replyTo(thrown);
      expect(reply?.body['code']).toBe(code);
      expect(reply?.status).toBe(code === 50001 ? 500 : Math.trunc(code / 100));
      expect(JSON.stringify(reply)).not.toContain('hunter2');
    }
  });

  it.each([
    ['an error', new Error(SECRET)],
    ['text', SECRET],
    ['nothing', undefined],
    ['null', null],
    ['a number', 404],
    ['a status that is text', { status: '404', message: SECRET }],
    [
      'an error with members',
      Object.assign(new Error(SECRET), { code: 'ENOENT', path: SECRET, sql: SECRET }),
    ],
    ['a failed query', new QueryFailedError(SECRET, [SECRET], new Error('Duplicate entry'))],
    ['a rejected body', new BadRequestException({ code: 1, message: SECRET, stack: SECRET })],
    ['a foreign refusal', new ForbiddenException(SECRET)],
    ['a missing thing', new NotFoundException(SECRET)],
    ['an error without a prototype', Object.create(null)],
  ])('reveals no details of %s (S-143)', (_, thrown) => {
    const reply = replyTo(thrown);
    expect(JSON.stringify(reply)).not.toMatch(/hunter2|SELECT|\.ts|stack|Duplicate/);
    expect(Object.keys(reply?.body ?? {})).toEqual(expect.arrayContaining(['code', 'message']));
  });

  it('keeps the statement and its parameters out of the log as well (S-146)', () => {
    replyTo(new QueryFailedError('INSERT INTO users', ['hunter2'], new Error('disk full')));
    expect(logged).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(logged.mock.calls)).toContain('disk full');
    expect(JSON.stringify(logged.mock.calls)).not.toContain('hunter2');
  });

  it('logs server faults only, with the request id of the reply', () => {
    replyTo(new CodedException(ERROR.UNAVAILABLE, { cause: new Error('gone') }));
    expect(String(logged.mock.calls[0]?.[0])).toBe('50301 request=request-1: gone');
    replyTo(new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: 'wrong password' }));
    expect(logged).toHaveBeenCalledTimes(1);
  });

  it.each([ERROR.TOO_MANY_REQUESTS, ERROR.UNAVAILABLE])('sends Retry-After with %j', (entry) => {
    expect(replyTo(new CodedException(entry))?.headers['Retry-After']).toMatch(/^\d+$/);
  });

  it('does not write into an answer that has begun', () => {
    expect(replyTo(new Error('late'), { isHeadersSent: true })).toBeUndefined();
  });
});
