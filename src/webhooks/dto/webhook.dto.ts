import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsString,
  ValidateIf,
} from 'class-validator';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import { PUBLIC_EVENTS } from '../../events/audit-entry.js';
import { EVERY_EVENT, MAX_EVENTS, MAX_URL_LENGTH, type Webhook } from '../webhook.entity.js';
import type { IssuedWebhook } from '../webhooks.service.js';

const URL_EXAMPLE = 'https://example.com/hooks/gatehouse';
const URL_RULE =
  'An https URL in the public Internet, without user, password and fragment. Redirects are not followed';
const EVENTS_RULE = 'Names of events, or `*` for all of them';
const NAMES = [EVERY_EVENT, ...PUBLIC_EVENTS];
const NAME_FAULT = 'each value in $property must be the name of an event, or *';

@OwnSchema()
export class WebhookDto {
  @ApiProperty({ format: 'uuid', example: 'c56a4180-65aa-42ec-a945-5fd21dec0538' })
  id!: string;

  @ApiProperty({ format: 'uuid', example: '0f8fad5b-d9cb-469f-a165-70867728950e' })
  account_id!: string;

  @ApiProperty({ format: 'uri', example: URL_EXAMPLE })
  url!: string;

  @ApiProperty({ type: [String], example: ['user.created', 'user.deleted'] })
  events!: readonly string[];

  @ApiProperty({
    example: true,
    description:
      'Nothing is stored or sent while it is false, as after an answer with the status 410',
  })
  is_active!: boolean;

  @ApiProperty({
    format: 'uuid',
    example: '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d',
    description: 'The user or API key that made it',
  })
  created_by!: string;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  modified_at_utc!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: null,
    description: 'Until when the secret before the last rotation signs too',
  })
  previous_secret_expires_at!: number | null;
}

@OwnSchema()
export class IssuedWebhookDto extends WebhookDto {
  @ApiProperty({
    example: `whsec_${'A'.repeat(43)}=`,
    description: 'Signs each request, in the form of Standard Webhooks. Shown this once',
  })
  secret!: string;
}

export function webhookDto(webhook: Webhook): WebhookDto {
  return {
    id: webhook.id,
    account_id: webhook.accountId,
    url: webhook.url,
    events: [...webhook.events],
    is_active: webhook.isActive,
    created_by: webhook.createdBy,
    created_at_utc: webhook.createdAt,
    modified_at_utc: webhook.modifiedAt,
    previous_secret_expires_at: webhook.previousValidUntil,
  };
}

export function issuedWebhookDto({ webhook, secret }: IssuedWebhook): IssuedWebhookDto {
  return { ...webhookDto(webhook), secret };
}

@OwnSchema()
export class CreateWebhookDto {
  @ApiProperty({ example: URL_EXAMPLE, maxLength: MAX_URL_LENGTH, description: URL_RULE })
  @MaxCharacters(MAX_URL_LENGTH)
  @IsString()
  url!: string;

  @ApiProperty({
    type: [String],
    example: ['user.created', 'user.deleted'],
    description: EVENTS_RULE,
    minItems: 1,
    maxItems: MAX_EVENTS,
  })
  @IsIn(NAMES, { each: true, message: NAME_FAULT })
  @ArrayMaxSize(MAX_EVENTS)
  @ArrayMinSize(1)
  @IsArray()
  events!: string[];

  @ApiPropertyOptional({ example: true, default: true })
  @ValidateIf((dto: CreateWebhookDto) => dto.is_active !== undefined)
  @IsBoolean()
  is_active?: boolean;
}

@OwnSchema()
export class ChangeWebhookDto {
  @ApiPropertyOptional({ example: URL_EXAMPLE, maxLength: MAX_URL_LENGTH, description: URL_RULE })
  @ValidateIf((dto: ChangeWebhookDto) => dto.url !== undefined)
  @MaxCharacters(MAX_URL_LENGTH)
  @IsString()
  url?: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['*'],
    description: EVENTS_RULE,
    minItems: 1,
    maxItems: MAX_EVENTS,
  })
  @ValidateIf((dto: ChangeWebhookDto) => dto.events !== undefined)
  @IsIn(NAMES, { each: true, message: NAME_FAULT })
  @ArrayMaxSize(MAX_EVENTS)
  @ArrayMinSize(1)
  @IsArray()
  events?: string[];

  @ApiPropertyOptional({ example: false })
  @ValidateIf((dto: ChangeWebhookDto) => dto.is_active !== undefined)
  @IsBoolean()
  is_active?: boolean;
}
