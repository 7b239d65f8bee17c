import { SetMetadata } from '@nestjs/common';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';

/**
 * Opens a route to everyone, signed in or not. In OpenAPI too: a route without a security requirement
 * is open, since the document has none by default.
 *
 * @public
 */
export function Public(): MethodDecorator & ClassDecorator {
  const rule: AccessRule = { kind: 'public' };
  return SetMetadata(ACCESS_RULE, rule);
}
