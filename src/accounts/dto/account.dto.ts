import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { IsISO31661Alpha3, IsString, Matches, ValidateIf } from 'class-validator';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import type { Account } from '../account.entity.js';

@OwnSchema()
export class AccountDto {
  @ApiProperty({ format: 'uuid', example: '0f8fad5b-d9cb-469f-a165-70867728950e' })
  id!: string;

  @ApiProperty({ example: 'Lovelace Analytics' })
  account_name!: string;

  @ApiProperty({ example: 'GBR', description: 'ISO 3166-1 alpha-3' })
  country!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  plan_id!: string | null;

  @ApiProperty({ example: true })
  is_active!: boolean;

  @ApiProperty({ example: false, description: "The owner's address is confirmed" })
  is_verified!: boolean;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  modified_at_utc!: number;
}

export function accountDto(account: Account): AccountDto {
  return {
    id: account.id,
    account_name: account.name,
    country: account.country,
    plan_id: account.planId,
    is_active: account.isActive,
    is_verified: account.isVerified,
    created_at_utc: account.createdAt,
    modified_at_utc: account.modifiedAt,
  };
}

@OwnSchema()
export class ChangeAccountDto {
  @ApiPropertyOptional({ example: 'Lovelace & Babbage', maxLength: 100 })
  @ValidateIf((dto: ChangeAccountDto) => dto.account_name !== undefined)
  @Matches(/\S/, { message: '$property must not be blank' })
  @MaxCharacters(100)
  @IsString()
  account_name?: string;

  @ApiPropertyOptional({ example: 'GBR', description: 'ISO 3166-1 alpha-3' })
  @ValidateIf((dto: ChangeAccountDto) => dto.country !== undefined)
  @IsISO31661Alpha3()
  @Matches(/^[A-Z]{3}$/, { message: '$property must be three capital letters' })
  @IsString()
  country?: string;
}
