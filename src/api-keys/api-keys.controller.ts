import { Controller, Get, HttpCode, HttpStatus, Post, Put } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../common/openapi/swagger.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller, Principal } from '../access/principal.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { Clock } from '../common/clock.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { PageQuery } from '../common/paging/page-query.js';
import { Paged } from '../common/paging/paged.decorator.js';
import { mapPage, type Page } from '../common/paging/pages.js';
import { ResourceId } from '../common/resource-id.decorator.js';
import { ValidBody, ValidQuery } from '../common/validation/valid-input.decorator.js';
import { SessionView, sessionView } from '../sessions/session-view.js';
import { ApiKeyIssuer } from './api-key-issuer.js';
import { ApiKeysService } from './api-keys.service.js';
import {
  ApiKeyDto,
  apiKeyDto,
  CreateApiKeyDto,
  IssuedApiKeyDto,
  issuedApiKeyDto,
  RotateApiKeyDto,
} from './dto/api-key.dto.js';
import { IdempotencyKey } from './idempotency-key.decorator.js';

@ApiTags('API keys')
@Guarded()
@Controller('api/v1/account/api_key')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly issuer: ApiKeyIssuer,
    private readonly clock: Clock,
  ) {}

  @Post()
  @RequireScopes('api_keys:write')
  @ApiOperation({
    operationId: 'createApiKey',
    summary: 'Make an API key',
    description: 'The secret is in this answer and in no other.',
  })
  @ApiBody({
    type: CreateApiKeyDto,
    examples: {
      anywhere: {
        summary: 'usable from anywhere, without an end',
        value: { name: 'Nightly export', role: 'read_only' },
      },
      restricted: {
        summary: 'usable from these addresses, until a day',
        value: {
          name: 'Nightly export',
          role: 'read_only',
          expires_at: 1893456000000,
          allowed_ips: ['192.0.2.0/24', '2001:db8::/32'],
        },
      },
    },
  })
  @ApiCreatedResponse({ type: IssuedApiKeyDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND, ERROR.RESOURCE_CONFLICT, ERROR.LIMIT_REACHED)
  async create(
    @CurrentCaller() principal: Caller,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @ValidBody() dto: CreateApiKeyDto,
  ): Promise<IssuedApiKeyDto> {
    const facts = {
      name: dto.name,
      role: dto.role,
      allowedIps: dto.allowed_ips ?? null,
      expiresAt: dto.expires_at ?? null,
    };
    const issued = await this.issuer.create(principal, facts, idempotencyKey);
    return issuedApiKeyDto(issued, this.clock.now());
  }

  @Get()
  @RequireScopes('api_keys:read')
  @ApiOperation({
    operationId: 'listApiKeys',
    summary: 'API keys of your account',
    description: 'Newest first, one page at a time; without their secrets.',
  })
  @Paged(ApiKeyDto)
  async list(
    @VerifiedPrincipal() principal: Principal,
    @ValidQuery() query: PageQuery,
  ): Promise<Page<ApiKeyDto>> {
    const now = this.clock.now();
    return mapPage(await this.keys.list(principal, query), (key) => apiKeyDto(key, now));
  }

  @Get(':id')
  @RequireScopes('api_keys:read')
  @ApiOperation({
    operationId: 'getApiKey',
    summary: 'One API key of your account',
    description: 'Without its secret, which only creation and rotation show.',
  })
  @ApiOkResponse({ type: ApiKeyDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async get(
    @VerifiedPrincipal() principal: Principal,
    @ResourceId() id: string,
  ): Promise<ApiKeyDto> {
    return apiKeyDto(await this.keys.get(principal, id), this.clock.now());
  }

  @Get(':id/sessions')
  @RequireScopes('api_keys:read')
  @ApiOperation({
    operationId: 'listApiKeySessions',
    summary: 'Live sessions of an API key',
    description: 'Newest first, one page at a time.',
  })
  @Paged(SessionView)
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async sessions(
    @VerifiedPrincipal() principal: Principal,
    @ResourceId() id: string,
    @ValidQuery() query: PageQuery,
  ): Promise<Page<SessionView>> {
    return mapPage(await this.keys.listSessions(principal, id, query), sessionView);
  }

  @Put(':id/revoke')
  @RequireScopes('api_keys:write')
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'End an API key',
    description: 'For good, with its sessions. Again, it changes nothing.',
  })
  @ApiOkResponse({ type: ApiKeyDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async revoke(@CurrentCaller() principal: Caller, @ResourceId() id: string): Promise<ApiKeyDto> {
    return apiKeyDto(await this.keys.revoke(principal, id), this.clock.now());
  }

  @Post(':id/rotate')
  @HttpCode(HttpStatus.OK)
  @RequireScopes('api_keys:write')
  @ApiOperation({
    operationId: 'rotateApiKey',
    summary: 'Give an API key another secret',
    description:
      'Old and new both work until the overlap ends. The secret is in this answer and in no other.',
  })
  @ApiOkResponse({ type: IssuedApiKeyDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND, ERROR.RESOURCE_CONFLICT)
  async rotate(
    @CurrentCaller() principal: Caller,
    @ResourceId() id: string,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @ValidBody() { overlap_seconds: seconds }: RotateApiKeyDto,
  ): Promise<IssuedApiKeyDto> {
    const issued = await this.issuer.rotate(principal, id, seconds * 1000, idempotencyKey);
    return issuedApiKeyDto(issued, this.clock.now());
  }
}
