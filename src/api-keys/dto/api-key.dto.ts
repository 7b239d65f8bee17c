import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { IsArray, IsInt, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import { MAX_SCOPE_NAME } from '../../scopes/scope-table.js';
import { MAX_ALLOWED_IPS } from '../allowed-ips.js';
import { apiKeyFault } from '../api-key-state.js';
import type { ApiKey } from '../api-key.entity.js';
import type { IssuedApiKey } from '../repeatable-secrets.js';

/** A week. */
const MAX_OVERLAP_SECONDS = 604_800;

@OwnSchema()
export class ApiKeyDto {
  @ApiProperty({ format: 'uuid', example: '5f0c1b9e-8f0e-4b7a-a1f1-2f6a3f6de0b1' })
  id!: string;

  @ApiProperty({ format: 'uuid', example: '0f8fad5b-d9cb-469f-a165-70867728950e' })
  account_id!: string;

  @ApiProperty({ example: 'Nightly export' })
  name!: string;

  @ApiProperty({
    example: `gthk_${'0'.repeat(32)}`,
    description: 'Names the key. Opens nothing by itself',
  })
  key!: string;

  @ApiProperty({ example: 'read_only' })
  role!: string;

  @ApiProperty({
    example: true,
    description: 'Neither revoked, nor expired, nor unused for 90 days',
  })
  is_active!: boolean;

  @ApiProperty({ type: [String], nullable: true, example: ['192.0.2.0/24'] })
  allowed_ips!: readonly string[] | null;

  @ApiProperty({
    format: 'uuid',
    example: '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d',
    description: 'The user or API key that made it',
  })
  created_by!: string;

  @ApiProperty({ type: 'integer', nullable: true, example: 1712531293539 })
  last_accessed_at_utc!: number | null;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  modified_at_utc!: number;

  @ApiProperty({ type: 'integer', nullable: true, example: null })
  expires_at!: number | null;
}

@OwnSchema()
export class IssuedApiKeyDto extends ApiKeyDto {
  @ApiProperty({ example: `gths_${'0'.repeat(72)}`, description: 'Shown this once' })
  secret!: string;

  @ApiProperty({
    example: `gthk_${'0'.repeat(32)}.gths_${'0'.repeat(72)}`,
    description:
      '`key.secret`: key and secret as one string, for `Authorization: Bearer`. Shown this once',
  })
  api_key!: string;
}

/** @param now in ms since the epoch: whether the key is active depends on it */
export function apiKeyDto(key: ApiKey, now: number): ApiKeyDto {
  return {
    id: key.id,
    account_id: key.accountId,
    name: key.name,
    key: key.key,
    role: key.role,
    is_active: apiKeyFault(key, now) === undefined,
    allowed_ips: key.allowedIps && [...key.allowedIps],
    created_by: key.createdBy,
    last_accessed_at_utc: key.lastAccessedAt,
    created_at_utc: key.createdAt,
    modified_at_utc: key.modifiedAt,
    expires_at: key.expiresAt,
  };
}

export function issuedApiKeyDto({ key, secret }: IssuedApiKey, now: number): IssuedApiKeyDto {
  return { ...apiKeyDto(key, now), secret, api_key: `${key.key}.${secret}` };
}

@OwnSchema()
export class CreateApiKeyDto {
  @ApiProperty({ example: 'Nightly export', maxLength: 100 })
  @Matches(/\S/, { message: '$property must not be blank' })
  @MaxCharacters(100)
  @IsString()
  name!: string;

  @ApiProperty({
    example: 'read_only',
    description: 'A role that you hold yourself; never `owner` or `admin`',
  })
  @MaxCharacters(MAX_SCOPE_NAME)
  @IsString()
  role!: string;

  @ApiPropertyOptional({
    type: 'integer',
    example: 1893456000000,
    description: 'ms since the Unix epoch; in the future',
  })
  @ValidateIf((dto: CreateApiKeyDto) => dto.expires_at !== undefined)
  @Max(Number.MAX_SAFE_INTEGER)
  @Min(0)
  @IsInt()
  expires_at?: number;

  @ApiPropertyOptional({
    type: [String],
    example: ['192.0.2.0/24', '2001:db8::/32'],
    description:
      'Where it may be used from; without it, anywhere. Networks from /8 on in IPv4 (within IPv6 too) and from /16 on in IPv6',
    minItems: 1,
    maxItems: MAX_ALLOWED_IPS,
  })
  @ValidateIf((dto: CreateApiKeyDto) => dto.allowed_ips !== undefined)
  @IsString({ each: true })
  @IsArray()
  allowed_ips?: string[];
}

@OwnSchema()
export class RotateApiKeyDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: MAX_OVERLAP_SECONDS,
    example: 86_400,
    description: 'How long the old secret works on; 0 ends it and its sessions at once',
  })
  @Max(MAX_OVERLAP_SECONDS)
  @Min(0)
  @IsInt()
  overlap_seconds!: number;
}
