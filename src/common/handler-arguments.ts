import { Req, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { createPrivateSlot } from './private-slot.js';
import type { HttpRequest } from './transport/raw-request.js';

/** Finds an argument in the request. */
type Read<T> = (request: T) => unknown;

interface Argument {
  readonly index: number;
  readonly read: Read<HttpRequest>;
  /** Documents it on the route. */
  readonly describe?: MethodDecorator | undefined;
}

const ARGUMENTS = Symbol('gatehouse:arguments');
const INPUTS = Symbol('gatehouse:inputs');
const READS_BODY = Symbol('gatehouse:reads-body');

const inputs = createPrivateSlot<ReadonlyMap<number, unknown>>();

/**
 * A parameter decorator in place of Nest's own: `read` finds the argument when the handler is called. Nest runs the
 * global pipes of a host on every parameter but the request itself, on those of custom decorators too (S-208).
 */
export function argument<T extends HttpRequest>(read: Read<T>): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined) throw new TypeError('constructors have no request');
    Req()(target, key, index);
    add(ARGUMENTS, target, key, { index, read: read as Read<HttpRequest> });
  };
}

/**
 * As {@link argument}, for what a client sends: it is read and checked after the guards, before an interceptor of a
 * host can change the request.
 *
 * @param read may refuse the request, and may return a promise
 */
export function input<T extends HttpRequest>(
  read: Read<T>,
  describe?: MethodDecorator,
): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined) throw new TypeError('constructors have no request');
    argument((request) => inputs.of(request)?.get(index))(target, key, index);
    add(INPUTS, target, key, { index, read: read as Read<HttpRequest>, describe });
  };
}

/** As {@link input}, for input that the body holds. */
export function bodyInput<T extends HttpRequest>(
  read: Read<T>,
  describe?: MethodDecorator,
): ParameterDecorator {
  return (target, key, index) => {
    input(read, describe)(target, key, index);
    if (key !== undefined) Reflect.defineMetadata(READS_BODY, true, target, key);
  };
}

/** Whether a handler of this controller reads the body. */
export function readsBody({ prototype }: Type, name: string): boolean {
  return Reflect.hasMetadata(READS_BODY, prototype as object, name);
}

/** The input of a handler, in the order of its parameters. */
export function inputsOf(controller: object, name: string): readonly Argument[] {
  return listed(INPUTS, controller, name);
}

/** Reads the input of one handler. */
export class InputGuard implements CanActivate {
  constructor(private readonly sources: readonly Argument[]) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const values = new Map<number, unknown>();
    for (const { index, read } of this.sources) values.set(index, await read(request));
    inputs.set(request, values);
    return true;
  }
}

/** A handler of a controller. */
export type Handler = (this: object, ...parameters: unknown[]) => unknown;

/** A handler for Nest with the metadata of `handler`, whose decorated parameters are found in the request. */
export function boundHandler(controller: object, name: string, handler: Handler): Handler {
  const reads: (Read<HttpRequest> | undefined)[] = [];
  for (const { index, read } of listed(ARGUMENTS, controller, name)) reads[index] = read;
  const bound: Handler = function (...parameters) {
    for (let index = 0; index < reads.length; index++) {
      const read = reads[index];
      if (read) parameters[index] = read(parameters[index] as HttpRequest);
    }
    return handler.apply(this, parameters);
  };
  for (const key of Reflect.getMetadataKeys(handler) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), bound);
  }
  return Object.defineProperty(bound, 'name', { value: name });
}

function listed(list: symbol, controller: object, name: string | symbol): readonly Argument[] {
  return (Reflect.getMetadata(list, controller, name) as readonly Argument[] | undefined) ?? [];
}

/** Decorators of parameters are called from the last one to the first. */
function add(list: symbol, controller: object, name: string | symbol, added: Argument): void {
  Reflect.defineMetadata(list, [added, ...listed(list, controller, name)], controller, name);
}
