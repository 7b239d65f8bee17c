import { Controller, Delete, Get, HttpCode, HttpStatus, Patch, Post } from '@nestjs/common';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller, Principal } from '../access/principal.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../common/openapi/swagger.js';
import { PageQuery } from '../common/paging/page-query.js';
import { Paged } from '../common/paging/paged.decorator.js';
import { mapPage, type Page } from '../common/paging/pages.js';
import { ResourceId } from '../common/resource-id.decorator.js';
import { ValidBody, ValidQuery } from '../common/validation/valid-input.decorator.js';
import {
  ChangeWebhookDto,
  CreateWebhookDto,
  IssuedWebhookDto,
  issuedWebhookDto,
  WebhookDto,
  webhookDto,
} from './dto/webhook.dto.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('Webhooks')
@Guarded()
@Controller('api/v1/account/webhook')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @RequireScopes('webhooks:write')
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Make a webhook',
    description: 'The signing secret is in this answer and in no later one but those of rotations.',
  })
  @ApiBody({
    type: CreateWebhookDto,
    examples: {
      some: {
        summary: 'some events',
        value: {
          url: 'https://example.com/hooks/gatehouse',
          events: ['user.created', 'user.deleted'],
        },
      },
      all: {
        summary: 'every event',
        value: { url: 'https://example.com/hooks/gatehouse', events: ['*'] },
      },
    },
  })
  @ApiCreatedResponse({ type: IssuedWebhookDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.LIMIT_REACHED)
  async create(
    @CurrentCaller() principal: Caller,
    @ValidBody() { url, events, is_active: isActive = true }: CreateWebhookDto,
  ): Promise<IssuedWebhookDto> {
    return issuedWebhookDto(await this.webhooks.create(principal, { url, events, isActive }));
  }

  @Get()
  @RequireScopes('webhooks:read')
  @ApiOperation({
    operationId: 'listWebhooks',
    summary: 'Webhooks of your account',
    description: 'Newest first, one page at a time; without their secrets.',
  })
  @Paged(WebhookDto)
  async list(
    @VerifiedPrincipal() principal: Principal,
    @ValidQuery() query: PageQuery,
  ): Promise<Page<WebhookDto>> {
    return mapPage(await this.webhooks.list(principal, query), webhookDto);
  }

  @Get(':id')
  @RequireScopes('webhooks:read')
  @ApiOperation({
    operationId: 'getWebhook',
    summary: 'One webhook of your account',
    description: 'Without its secret.',
  })
  @ApiOkResponse({ type: WebhookDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async get(
    @VerifiedPrincipal() principal: Principal,
    @ResourceId() id: string,
  ): Promise<WebhookDto> {
    return webhookDto(await this.webhooks.get(principal, id));
  }

  @Patch(':id')
  @RequireScopes('webhooks:write')
  @ApiOperation({
    operationId: 'changeWebhook',
    summary: 'Change a webhook',
    description: 'Members that are left out stay as they are.',
  })
  @ApiOkResponse({ type: WebhookDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async change(
    @CurrentCaller() principal: Caller,
    @ResourceId() id: string,
    @ValidBody() { url, events, is_active: isActive }: ChangeWebhookDto,
  ): Promise<WebhookDto> {
    const changes = {
      ...(url !== undefined && { url }),
      ...(events !== undefined && { events }),
      ...(isActive !== undefined && { isActive }),
    };
    return webhookDto(await this.webhooks.change(principal, id, changes));
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireScopes('webhooks:write')
  @ApiOperation({
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'With its deliveries; what was not sent yet is not sent any more.',
  })
  @ApiNoContentResponse()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  delete(@CurrentCaller() principal: Caller, @ResourceId() id: string): Promise<void> {
    return this.webhooks.delete(principal, id);
  }

  @Post(':id/rotate')
  @HttpCode(HttpStatus.OK)
  @RequireScopes('webhooks:write')
  @ApiOperation({
    operationId: 'rotateWebhook',
    summary: 'Give a webhook another signing secret',
    description:
      'For 24 hours each request is signed with both secrets. The new one is in this answer only. A second rotation ends the first secret at once.',
  })
  @ApiOkResponse({ type: IssuedWebhookDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async rotate(
    @CurrentCaller() principal: Caller,
    @ResourceId() id: string,
  ): Promise<IssuedWebhookDto> {
    return issuedWebhookDto(await this.webhooks.rotate(principal, id));
  }
}
