import { CodedException } from './errors/coded.exception.js';
import { ERROR } from './errors/error-codes.js';
import { input } from './handler-arguments.js';
import { ApiParam } from './openapi/swagger.js';
import type { HttpRequest } from './transport/raw-request.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type RoutedRequest = HttpRequest & { readonly params: Readonly<Record<string, string>> };

/**
 * The `:id` of a path, or another id in it. A text that is no UUID never reaches the database (S-22, S-137).
 *
 * @throws CodedException 40410 for anything but a UUID
 */
export function ResourceId(name = 'id'): ParameterDecorator {
  const schema = { type: 'string', format: 'uuid' } as const;
  const read = ({ params: { [name]: id = '' } }: RoutedRequest): string => {
    if (!UUID.test(id)) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    return id;
  };
  return input(read, ApiParam({ name, schema }));
}
