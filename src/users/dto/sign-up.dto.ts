import { EXAMPLE_USER } from '../../common/openapi/example-user.js';
import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import {
  Equals,
  IsEmail,
  IsISO31661Alpha3,
  IsString,
  IsUUID,
  Matches,
  ValidateIf,
} from 'class-validator';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import { MAX_EMAIL_LENGTH } from '../canonical-email.js';

// class-validator runs the decorators from the bottom up and we report the first that fails, so the most
// basic one stands last.
@OwnSchema()
export class SignUpDto {
  @ApiProperty({ example: 'Lovelace Analytics', maxLength: 100 })
  @Matches(/\S/, { message: '$property must not be blank' })
  @MaxCharacters(100)
  @IsString()
  account_name!: string;

  @ApiProperty({ example: 'Ada Lovelace', maxLength: 100 })
  @Matches(/\S/, { message: '$property must not be blank' })
  @MaxCharacters(100)
  @IsString()
  full_name!: string;

  @ApiProperty({ example: EXAMPLE_USER.email, format: 'email', maxLength: MAX_EMAIL_LENGTH })
  @IsEmail({ allow_utf8_local_part: true })
  @MaxCharacters(MAX_EMAIL_LENGTH)
  @IsString()
  email_address!: string;

  @ApiProperty({
    example: EXAMPLE_USER.password,
    format: 'password',
    description: 'No composition rules; long, and not one that everybody uses',
    minLength: 15,
  })
  @IsString()
  password!: string;

  @ApiProperty({ example: 'GBR', description: 'ISO 3166-1 alpha-3' })
  @IsISO31661Alpha3()
  @Matches(/^[A-Z]{3}$/, { message: '$property must be three capital letters' })
  @IsString()
  country!: string;

  @ApiProperty({ example: true, description: 'The terms are accepted; must be `true`' })
  @Equals(true)
  terms!: true;

  @ApiPropertyOptional({ example: '7b1c4b9e-0f61-4a5e-9a53-0a8b5f6d2c11', format: 'uuid' })
  @ValidateIf((dto: SignUpDto) => dto.plan_id !== undefined)
  @IsUUID()
  @IsString()
  plan_id?: string;
}

@OwnSchema()
export class SignUpAcceptedDto {
  @ApiProperty({ example: '0f8fad5b-d9cb-469f-a165-70867728950e', format: 'uuid' })
  account_id!: string;
}
