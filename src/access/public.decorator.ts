import { SetMetadata } from '@nestjs/common';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';

/**
 * Opens a route to everyone, signed in or not. OpenAPI shows it without a lock.
 *
 * @public
 */
export function Public(): MethodDecorator {
  const rule: AccessRule = { kind: 'public' };
  return SetMetadata(ACCESS_RULE, rule);
}
