import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiOperation } from '../common/openapi/swagger.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';

/**
 * Opens a route to everyone, signed in or not. Also says so in OpenAPI, whatever security the document
 * has by default; a route that takes credentials all the same says which in its own `ApiOperation` above.
 *
 * @public
 */
export function Public(): MethodDecorator {
  const rule: AccessRule = { kind: 'public' };
  // Without the `undefined` the route's own summary would be blanked.
  const open = ApiOperation({ summary: undefined, security: [] });
  return applyDecorators(SetMetadata(ACCESS_RULE, rule), open);
}
