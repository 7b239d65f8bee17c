import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '../common/openapi/swagger.js';
import type { IncomingMessage } from 'node:http';
import { invalidRequest } from '../common/validation/validation.pipe.js';

const HEADER = 'Idempotency-Key';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The `Idempotency-Key` of a request, in lower case.
 *
 * @throws CodedException 40001 for anything but one UUID
 */
export const IdempotencyKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const { headers } = context.switchToHttp().getRequest<Pick<IncomingMessage, 'headers'>>();
    const value = headers['idempotency-key'];
    if (value === undefined) return undefined;
    // Node joins two headers of this name with a comma.
    if (typeof value !== 'string' || !UUID.test(value)) {
      throw invalidRequest([{ field: HEADER, message: `${HEADER} must be a UUID` }]);
    }
    return value.toLowerCase();
  },
);

/** Documents the header. */
export function ApiIdempotencyKey(): MethodDecorator {
  return ApiHeader({
    name: HEADER,
    required: false,
    description:
      'A UUID of yours. The same request with the same one gets the same answer for ten minutes, so that a lost answer strands no secret.',
    schema: { type: 'string', format: 'uuid' },
  });
}
