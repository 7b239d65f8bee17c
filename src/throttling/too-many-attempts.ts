import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';

/** 42901 with the time after which an attempt is admitted again (S-30). */
export function tooManyAttempts(waitMs: number, detail: string): CodedException {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new CodedException(ERROR.TOO_MANY_REQUESTS, {
    headers: { 'Retry-After': String(seconds) },
    detail,
  });
}
