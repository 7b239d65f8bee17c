import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';

/**
 * Opens a route to everyone, signed in or not. Also says so in OpenAPI.
 *
 * @public
 */
export function Public(): MethodDecorator {
  const rule: AccessRule = { kind: 'public' };
  // An empty list overrides the document's default security.
  return applyDecorators(SetMetadata(ACCESS_RULE, rule), ApiOperation({ security: [] }));
}
