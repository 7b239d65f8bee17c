import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiOperation } from '../common/openapi/swagger.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';
import { takesPrincipal } from './current-principal.decorator.js';
import type { Principal } from './principal.js';

/** True for a parameter of the type {@link Principal} that cannot be `undefined`; false for `any`. */
type IsCertainPrincipal<Parameter> = 0 extends 1 & Parameter
  ? false
  : undefined extends Parameter
    ? false
    : [Parameter] extends [Principal]
      ? true
      : false;

/** The result of the decorator: one that the compiler refuses, if the handler relies on a principal. */
type Verdict<Handler> = Handler extends (
  ...parameters: infer Parameters extends unknown[]
) => unknown
  ? true extends { [Index in keyof Parameters]: IsCertainPrincipal<Parameters[Index]> }[number]
    ? {
        readonly fault: 'a public handler may have no principal: declare it as `principal?: Principal`';
      }
    : void
  : void;

/** A method decorator that does not compile on a handler whose principal cannot be `undefined`. */
export type PublicDecorator = (<Handler>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => Verdict<Handler>) &
  MethodDecorator;

/** OpenAPI: every credential of a guarded route, or none. */
const OPTIONAL_SECURITY: Record<string, string[]>[] = [
  {},
  { basic: [] },
  { oauth2: [] },
  { bearer: [] },
];

/**
 * Opens a route to every caller, signed in or not, and marks it so in OpenAPI, whatever the document's default
 * security is. A route that takes credentials nevertheless declares them in its own `ApiOperation` above.
 *
 * With a parameter `@CurrentPrincipal() principal?: Principal` the guard verifies the credential of a caller who sends
 * one, and refuses a credential that is not valid, as on every other route. Without such a parameter nothing is verified.
 *
 * @public
 */
export function Public(): PublicDecorator {
  return open as PublicDecorator;
}

const open: MethodDecorator = (target, method, descriptor) => {
  const verifies = takesPrincipal(target, method);
  const rule: AccessRule = { kind: 'public', ...(verifies && { verifies }) };
  applyDecorators(
    SetMetadata(ACCESS_RULE, rule),
    // Without `undefined`, @nestjs/swagger overwrites the route's own summary with an empty one.
    ApiOperation({ summary: undefined, security: verifies ? OPTIONAL_SECURITY : [] }),
  )(target, method, descriptor);
};
