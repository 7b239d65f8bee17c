import type { Type } from '@nestjs/common';
import { bodyInput, input } from '../handler-arguments.js';
import { ApiBody, ApiQuery } from '../openapi/swagger.js';
import type { HttpRequest } from '../transport/raw-request.js';
import { RequestValidationPipe } from './validation.pipe.js';

type ParsedRequest = HttpRequest & { readonly body?: unknown; readonly query?: unknown };

const pipe = new RequestValidationPipe();

/**
 * The body of the request, validated against the class of the parameter (S-126).
 *
 * @throws CodedException 40001, 40002
 */
export function ValidBody(): ParameterDecorator {
  return (target, key, index) => {
    const metatype = classOf(target, key, index);
    const read = ({ body }: ParsedRequest) => pipe.transform(body, { type: 'body', metatype });
    bodyInput(read, ApiBody({ type: metatype }))(target, key, index);
  };
}

/**
 * As {@link ValidBody}, the query of the request.
 *
 * @throws CodedException 40001
 */
export function ValidQuery(): ParameterDecorator {
  return (target, key, index) => {
    const metatype = classOf(target, key, index);
    const read = ({ query }: ParsedRequest) => pipe.transform(query, { type: 'query', metatype });
    input(read, ApiQuery({ type: metatype }))(target, key, index);
  };
}

function classOf(target: object, key: string | symbol | undefined, index: number): Type {
  const types = Reflect.getMetadata('design:paramtypes', target, key as string) as Type[];
  return types[index] as Type;
}
