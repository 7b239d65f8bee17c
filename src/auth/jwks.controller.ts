import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { Guarded } from '../access/guarded.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { Public } from '../access/public.decorator.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { publicJwks, type PublicJwk } from './access-tokens/signing-keys.js';

@ApiTags('Authentication')
@Guarded()
@Controller('.well-known/jwks.json')
export class JwksController {
  private readonly published: readonly PublicJwk[];

  constructor(@Inject(AUTH_OPTIONS) { signingKeys }: AuthOptions) {
    this.published = publicJwks(signingKeys);
  }

  @Get()
  @Public()
  // Spares verifiers a request for each token; a new key is published that long before it signs (README).
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOperation({
    operationId: 'jwks',
    summary: 'Public keys of access tokens',
    description: 'A JWK set (RFC 7517). With HS256 it is empty, because those keys are secret.',
  })
  @ApiErrors(ERROR.HTTPS_REQUIRED)
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['keys'],
      properties: { keys: { type: 'array', items: { type: 'object' }, example: [] } },
    },
  })
  keys(): { readonly keys: readonly PublicJwk[] } {
    return { keys: structuredClone(this.published) };
  }
}
