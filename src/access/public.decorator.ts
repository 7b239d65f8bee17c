import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiOperation } from '../common/openapi/swagger.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';

/**
 * Opens a route to every caller, signed in or not, and marks it so in OpenAPI, whatever the document's default
 * security is. A route that takes credentials nevertheless declares them in its own `ApiOperation` above.
 *
 * @public
 */
export function Public(): MethodDecorator {
  const rule: AccessRule = { kind: 'public' };
  // Without `undefined`, @nestjs/swagger overwrites the route's own summary with an empty one.
  const open = ApiOperation({ summary: undefined, security: [] });
  return applyDecorators(SetMetadata(ACCESS_RULE, rule), open);
}
