import { Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '../common/openapi/swagger.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Principal } from '../access/principal.js';
import { Public } from '../access/public.decorator.js';
import { RequireCallerEvenExpired, RequireScopes } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { Client, type ClientFacts } from '../common/client.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors, ApiTokenEndpoint } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { EXAMPLE_USER } from '../common/openapi/example-user.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { AuthService } from './auth.service.js';
import { MeDto } from './dto/me.dto.js';
import { RevokeDto } from './dto/revoke.dto.js';
import { TokenRequestDto } from './dto/token-request.dto.js';
import { TokenResponseDto } from './dto/token-response.dto.js';
import { ValidateDto } from './dto/validate.dto.js';
import { GRANT_TYPES } from './grants/grants.js';
import { ProfileService } from './profile.service.js';
import { TokenEndpoint, TokenRequest, type SentTokenRequest } from './token-endpoint.js';

@ApiTags('Authentication')
@Guarded()
@Controller('oauth')
export class AuthController {
  constructor(
    private readonly endpoint: TokenEndpoint,
    private readonly auth: AuthService,
    private readonly profile: ProfileService,
  ) {}

  @Post('token')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'token',
    summary: 'Sign in, or refresh',
    description:
      'Give address and password, or key and secret, as `Authorization: Basic` or as `username` and `password` in the body; key and secret also as `client_id` and `client_secret`. One pair counts; an empty client beside it is ignored, and so are parameters that are not described here. A new sign-in ends the sessions before it, that of *Authorize* on this page too; `client_credentials`, for API keys, ends none and gives no refresh token.',
    security: [{}, { basic: [] }],
  })
  @Public()
  @ApiQuery({ name: 'grant_type', enum: GRANT_TYPES, required: false })
  @ApiQuery({ name: 'scope', required: false, schema: { type: 'string' } })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiBody({
    type: TokenRequestDto,
    required: false,
    examples: {
      password: {
        summary: 'password, in the body',
        value: {
          grant_type: 'password',
          username: EXAMPLE_USER.email,
          password: EXAMPLE_USER.password,
        },
      },
      basic: {
        summary: 'password, with a Basic header',
        value: { grant_type: 'password' },
      },
      client_credentials: {
        summary: 'client_credentials, an API key in the body (or as Basic)',
        value: {
          grant_type: 'client_credentials',
          client_id: 'gthk_<32 digits>',
          client_secret: 'gths_<72 digits>',
        },
      },
      refresh_token: {
        summary: 'refresh_token',
        value: { grant_type: 'refresh_token', refresh_token: '<128 characters>' },
      },
    },
  })
  @ApiOkResponse({ type: TokenResponseDto })
  @ApiRequestErrors()
  @ApiErrors(
    ERROR.GRANT_TYPE_UNSUPPORTED,
    ERROR.SCOPE_NOT_GRANTED,
    ERROR.AUTHENTICATION_REQUIRED,
    ERROR.CREDENTIALS_INCORRECT,
    ERROR.REFRESH_TOKEN_INVALID,
    ERROR.HTTPS_REQUIRED,
    ERROR.TOO_MANY_REQUESTS,
    ERROR.UNAVAILABLE,
  )
  @ApiTokenEndpoint()
  token(
    @TokenRequest() request: SentTokenRequest,
    @Client() client: ClientFacts,
  ): Promise<TokenResponseDto> {
    return this.endpoint.issue(request, client);
  }

  @Post('revoke')
  @HttpCode(HttpStatus.OK)
  @RequireCallerEvenExpired()
  @ApiOperation({
    operationId: 'revoke',
    summary: 'Sign out',
    description:
      'Ends the session that the refresh token is for; its access tokens die with it. An access token of that very session will do although it has expired.',
  })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiOkResponse({ schema: { type: 'object', example: {} } })
  @ApiRequestErrors()
  @ApiErrors(ERROR.REFRESH_TOKEN_INVALID_AT_REVOKE)
  async revoke(
    @VerifiedPrincipal() principal: Principal,
    @ValidBody() { refresh_token }: RevokeDto,
    @Client() client: ClientFacts,
  ): Promise<Record<string, never>> {
    await this.auth.revoke(principal, refresh_token, client);
    return {};
  }

  @Get('me')
  @RequireScopes()
  @ApiOperation({
    operationId: 'me',
    summary: 'Who am I',
    description: 'The user or the API key that the credential belongs to.',
  })
  @ApiOkResponse({ type: MeDto })
  me(@VerifiedPrincipal() principal: Principal): Readonly<MeDto> {
    return this.profile.describe(principal);
  }

  @Get('validate')
  @RequireScopes()
  @ApiOperation({
    operationId: 'validate',
    summary: 'Is my access token still good',
    description: 'Answers 200 while the credential is good, and 401 from then on.',
  })
  @ApiOkResponse({ type: ValidateDto })
  validate(@VerifiedPrincipal() principal: Principal): Readonly<ValidateDto> {
    return this.profile.validity(principal);
  }
}
