import { input } from '../common/handler-arguments.js';
import { ApiHeader } from '../common/openapi/swagger.js';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';

const HEADER = 'Idempotency-Key';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The `Idempotency-Key` of a request, in lower case.
 *
 * @throws CodedException 40001 for anything but one UUID
 */
export const IdempotencyKey = (): ParameterDecorator =>
  input(
    idempotencyKey,
    ApiHeader({
      name: HEADER,
      required: false,
      description:
        'A UUID of yours. The same request with the same one gets the same answer for ten minutes, so that a lost answer strands no secret.',
      schema: { type: 'string', format: 'uuid' },
    }),
  );

function idempotencyKey(request: HttpRequest): string | undefined {
  const value = rawRequest(request).headers['idempotency-key'];
  if (value === undefined) return undefined;
  // Node joins two headers of this name with a comma.
  if (typeof value !== 'string' || !UUID.test(value)) {
    throw invalidRequest([{ field: HEADER, message: `${HEADER} must be a UUID` }]);
  }
  return value.toLowerCase();
}
