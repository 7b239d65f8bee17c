import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { createPrivateSlot } from '../../common/private-slot.js';
import { parseRequestBody } from './request-body.js';

/** Largest accepted body (S-127, contract §8). */
const MAX_BODY_BYTES = 64 * 1024;

const bodies = createPrivateSlot<unknown>();

/** The parsed body, for the framework; `undefined` if there is none. */
export function bodyOf(request: IncomingMessage): unknown {
  return bodies.of(request);
}

/** Whether a body follows the headers (RFC 9112 §6.3). */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * Reads and parses the body of a request before either framework sees it, so that both take the same one; they find it
 * with {@link bodyOf}.
 *
 * @throws CodedException 41301 as soon as more has come than is accepted, 40001 if the body breaks off, and the codes of
 *   {@link parseRequestBody}
 */
export async function readBody(request: IncomingMessage): Promise<void> {
  const length = request.headers['content-length'] ?? null;
  const bytes = await getRawBody(request, { length, limit: MAX_BODY_BYTES }).catch(
    (error: unknown) => {
      throw new CodedException(isTooLarge(error) ? ERROR.BODY_TOO_LARGE : ERROR.REQUEST_INVALID);
    },
  );
  const body = parseRequestBody(request, bytes);
  if (body === undefined) hideBody(request);
  else bodies.set(request, body);
  // Fastify has an opinion of its own on content types.
  delete request.headers['content-type'];
}

/**
 * Makes a request look as if it had no body: each framework looks for one under other methods, and Fastify refuses some
 * content types even without one. Node skips the bytes.
 */
export function hideBody({ headers }: IncomingMessage): void {
  delete headers['content-length'];
  delete headers['transfer-encoding'];
  delete headers['content-type'];
}

function isTooLarge(error: unknown): boolean {
  return (error as { readonly type?: unknown }).type === 'entity.too.large';
}
