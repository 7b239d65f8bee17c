import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { ApiProperty } from '../../common/openapi/swagger.js';
import type { WebhookDelivery } from '../webhook-delivery.entity.js';
import { WEBHOOK_FAILURES } from '../webhook-failure.js';

/** One event for one webhook. */
@OwnSchema()
export class WebhookDeliveryDto {
  @ApiProperty({ format: 'uuid', example: '9b2d7c5e-1f6a-4f43-8f0d-2f1f6f0a7c11' })
  id!: string;

  @ApiProperty({
    format: 'uuid',
    example: '1b4e28ba-2fa1-4d2b-883f-0016d3cca427',
    description: 'The `webhook-id` of the request, and the id in the audit trail',
  })
  event_id!: string;

  @ApiProperty({ example: 'user.created' })
  event!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {
      type: 'user.created',
      timestamp: '2024-04-07T23:08:13.539Z',
      data: { user_id: '6d7a0f0c-53a1-4d5e-9f86-3b9f0f3e6a52' },
    },
    description: 'The body of the request',
  })
  payload!: Record<string, unknown>;

  @ApiProperty({
    enum: ['pending', 'delivered', 'failed'],
    example: 'delivered',
    description: '`failed` is given up, after a day',
  })
  status!: string;

  @ApiProperty({ type: 'integer', example: 1, description: 'Since the event or the redelivery' })
  attempts!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 204,
    description: 'HTTP status of the last answer',
  })
  response_status!: number | null;

  @ApiProperty({
    enum: WEBHOOK_FAILURES,
    nullable: true,
    example: null,
    description:
      'Why the last attempt failed: `address`: the host has no public address; `connection`; `tls`; `timeout`: 10 s; `redirect`: 3xx; `status`: any other but 2xx; `secret`: the server cannot sign',
  })
  failure!: string | null;

  @ApiProperty({ type: 'integer', example: 1712531293539, description: 'Time of the event' })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', nullable: true, example: 1712531293601 })
  last_attempt_at_utc!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: null,
    description: 'When it is sent again at the earliest; `null` if it is not',
  })
  next_attempt_at_utc!: number | null;
}

export function webhookDeliveryDto(delivery: WebhookDelivery): WebhookDeliveryDto {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    event: delivery.name,
    payload: JSON.parse(delivery.body) as Record<string, unknown>,
    status: delivery.state,
    attempts: delivery.attempts,
    response_status: delivery.responseStatus,
    failure: delivery.failure,
    created_at_utc: delivery.createdAt,
    last_attempt_at_utc: delivery.lastAttemptAt,
    next_attempt_at_utc: delivery.state === 'pending' ? delivery.availableAt : null,
  };
}
