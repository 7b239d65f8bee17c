import { describe, expect, it } from '@jest/globals';
import { ERROR } from './error-codes.js';

describe('ERROR', () => {
  it('is the table of the contract (S-142)', () => {
    const table = Object.values(ERROR).map(
      ({ code, status, message }) => `${code} ${status} ${message}`,
    );
    expect(table).toEqual([
      '40001 400 Request is invalid',
      '40002 400 Request body is not valid JSON',
      '40003 400 Grant type is not supported',
      '40004 400 Requested scope is not granted',
      '40005 400 Link is invalid or has expired',
      '40101 401 Authentication is required',
      '40102 403 Username and password are incorrect',
      '40103 401 Access token is invalid',
      '40104 401 Access token has expired',
      '40105 401 API key is invalid',
      '40106 403 Refresh token is invalid',
      '40106 401 Refresh token is invalid',
      '40301 403 HTTPS is required',
      '40302 403 Scope is insufficient',
      '40303 403 Owner cannot be changed this way',
      '40304 403 Account cannot be opened',
      '40400 404 Route is not found',
      '40410 404 Resource is not found',
      '40501 405 Method is not allowed',
      '40801 408 Request took too long to arrive',
      '40901 409 Resource already exists / is in use',
      '40902 409 Limit is reached',
      '41301 413 Request body is too large',
      '41501 415 Content type is not supported',
      '42901 429 Too many requests',
      '43101 431 Request headers are too large',
      '50001 500 Internal error',
      '50301 503 Service is temporarily unavailable',
    ]);
  });
});
