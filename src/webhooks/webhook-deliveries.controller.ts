import { Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller, Principal } from '../access/principal.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { PageQuery } from '../common/paging/page-query.js';
import { Paged } from '../common/paging/paged.decorator.js';
import { mapPage, type Page } from '../common/paging/pages.js';
import { ResourceId } from '../common/resource-id.decorator.js';
import { ValidQuery } from '../common/validation/valid-input.decorator.js';
import { WebhookDeliveryDto, webhookDeliveryDto } from './dto/webhook-delivery.dto.js';
import { SentDeliveries } from './webhook-deliveries.service.js';

@ApiTags('Webhooks')
@Guarded()
@Controller('api/v1/account/webhook/:id/delivery')
export class WebhookDeliveriesController {
  constructor(private readonly deliveries: SentDeliveries) {}

  @Get()
  @RequireScopes('webhooks:read')
  @ApiOperation({
    operationId: 'listWebhookDeliveries',
    summary: 'What was sent to a webhook',
    description:
      'Newest first, one page at a time. Deliveries are kept for a week after their end.',
  })
  @Paged(WebhookDeliveryDto)
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async list(
    @VerifiedPrincipal() principal: Principal,
    @ResourceId() id: string,
    @ValidQuery() query: PageQuery,
  ): Promise<Page<WebhookDeliveryDto>> {
    return mapPage(await this.deliveries.list(principal, id, query), webhookDeliveryDto);
  }

  @Post(':delivery_id/redeliver')
  @HttpCode(HttpStatus.ACCEPTED)
  @RequireScopes('webhooks:write')
  @ApiOperation({
    operationId: 'redeliverToWebhook',
    summary: 'Send a delivery again',
    description: 'The same body under the same `webhook-id`, at once and then for a day.',
  })
  @ApiAcceptedResponse({ type: WebhookDeliveryDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async redeliver(
    @CurrentCaller() principal: Caller,
    @ResourceId() id: string,
    @ResourceId('delivery_id') deliveryId: string,
  ): Promise<WebhookDeliveryDto> {
    return webhookDeliveryDto(await this.deliveries.redeliver(principal, id, deliveryId));
  }
}
