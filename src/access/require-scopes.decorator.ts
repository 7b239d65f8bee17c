import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiExtension, ApiOAuth2 } from '@nestjs/swagger';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { Scope } from '../scopes/roles.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';

/**
 * States what a route needs: every one of the scopes, or, without arguments, any signed-in principal.
 * OpenAPI gets its security requirement and refusals from the same line.
 *
 * @example @RequireScopes('users:write')
 * @public
 */
export function RequireScopes(...scopes: Scope[]): MethodDecorator & ClassDecorator {
  const rule: AccessRule = { kind: 'scopes', scopes };
  const refusals = [
    ERROR.AUTHENTICATION_REQUIRED,
    ERROR.ACCESS_TOKEN_INVALID,
    ERROR.ACCESS_TOKEN_EXPIRED,
    ERROR.API_KEY_INVALID,
    ERROR.HTTPS_REQUIRED,
    ...(scopes.length > 0 ? [ERROR.SCOPE_INSUFFICIENT] : []),
  ];
  return applyDecorators(
    SetMetadata(ACCESS_RULE, rule),
    ApiBearerAuth(),
    ApiBasicAuth(),
    ApiOAuth2(scopes),
    ApiExtension('x-required-scopes', scopes),
    ApiErrors(...refusals),
  );
}
