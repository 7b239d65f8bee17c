import { IsEmail, IsString } from 'class-validator';
import { EXAMPLE_USER } from '../../common/openapi/example-user.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { ApiProperty } from '../../common/openapi/swagger.js';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import { MAX_EMAIL_LENGTH } from '../../users/canonical-email.js';
import { EXAMPLE_TOKEN } from './invitation.dto.js';

@OwnSchema()
export class RequestPasswordResetDto {
  @ApiProperty({ example: EXAMPLE_USER.email, format: 'email', maxLength: MAX_EMAIL_LENGTH })
  @IsEmail({ allow_utf8_local_part: true })
  @MaxCharacters(MAX_EMAIL_LENGTH)
  @IsString()
  email_address!: string;
}

@OwnSchema()
export class ConfirmPasswordResetDto {
  @ApiProperty({ example: EXAMPLE_TOKEN, description: 'From the link' })
  @IsString()
  token!: string;

  @ApiProperty({ format: 'password', example: EXAMPLE_USER.password })
  @IsString()
  new_password!: string;
}
