import { Param, type PipeTransform } from '@nestjs/common';
import { ApiParam } from './openapi/swagger.js';
import { CodedException } from './errors/coded.exception.js';
import { ERROR } from './errors/error-codes.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Refuses a text that is no UUID before it reaches the database (S-22, S-137). */
class ResourceIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!UUID.test(id)) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    return id;
  }
}

/**
 * The `:id` of a path.
 *
 * @throws CodedException 40410 for anything but a UUID
 */
export function ResourceId(): ParameterDecorator {
  return (target, key, index) => {
    Param('id', new ResourceIdPipe())(target, key, index);
    const descriptor = Object.getOwnPropertyDescriptor(target, key as string);
    if (!descriptor) return;
    const schema = { type: 'string', format: 'uuid' } as const;
    ApiParam({ name: 'id', schema })(target, key as string, descriptor);
  };
}
