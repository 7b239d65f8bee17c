import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiExtension, ApiOAuth2 } from '../common/openapi/swagger.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { Scope } from '../scopes/define-scopes.js';
import { ACCESS_RULE, type AccessRule } from './access-metadata.js';

/** OpenAPI extension that lists the scopes that a route needs. */
export const REQUIRED_SCOPES_EXTENSION = 'x-required-scopes';

/**
 * Requires all of these scopes, or, without arguments, any signed-in principal. Also declares the security requirement
 * and the refusals of the route in OpenAPI.
 *
 * @example @RequireScopes('users:write')
 * @public
 */
export function RequireScopes(...scopes: Scope[]): MethodDecorator & ClassDecorator {
  const refusals = scopes.length > 0 ? [ERROR.SCOPE_INSUFFICIENT] : [];
  return applyDecorators(
    ApiBasicAuth(),
    declare({ kind: 'scopes', scopes, principal: 'any' }),
    ApiErrors(...refusals),
  );
}

/**
 * As {@link RequireScopes}, for users only: an API key gets 40302.
 *
 * @example @RequireUser()
 * @public
 */
export function RequireUser(...scopes: Scope[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    declare({ kind: 'scopes', scopes, principal: 'user' }),
    ApiErrors(ERROR.SCOPE_INSUFFICIENT),
  );
}

/**
 * As {@link RequireScopes} without scopes, but also accepts an expired access token, for signing out only (contract
 * §5). The handler must ensure that such a token ends its own session and does nothing else. Not exported to hosts.
 */
export function RequireCallerEvenExpired(): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiBasicAuth(),
    declare({ kind: 'scopes', scopes: [], principal: 'any', acceptsExpired: true }),
  );
}

function declare(rule: AccessRule & { kind: 'scopes' }): MethodDecorator & ClassDecorator {
  const scopes = [...rule.scopes];
  return applyDecorators(
    SetMetadata(ACCESS_RULE, rule),
    ApiOAuth2(scopes),
    // Last, because generated clients that know several credentials send that of the last scheme.
    ApiBearerAuth(),
    ApiExtension(REQUIRED_SCOPES_EXTENSION, scopes),
    ApiErrors(
      ERROR.AUTHENTICATION_REQUIRED,
      ERROR.ACCESS_TOKEN_INVALID,
      ...(rule.acceptsExpired ? [] : [ERROR.ACCESS_TOKEN_EXPIRED]),
      ERROR.API_KEY_INVALID,
      ERROR.HTTPS_REQUIRED,
      // Wrong API keys are limited on every route (S-28).
      ERROR.TOO_MANY_REQUESTS,
      ERROR.UNAVAILABLE,
    ),
  );
}
