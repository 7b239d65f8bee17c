import { IsEmail, IsString } from 'class-validator';
import { EXAMPLE_USER } from '../../common/openapi/example-user.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { ApiProperty } from '../../common/openapi/swagger.js';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import { MAX_EMAIL_LENGTH } from '../../users/canonical-email.js';

@OwnSchema()
export class VerifyEmailDto {
  @ApiProperty({
    example: '<64 characters>',
    description: 'The token of the link, from its address',
  })
  @IsString()
  token!: string;
}

// class-validator runs the decorators from the bottom up and we report the first that fails, so the most
// basic one stands last.
@OwnSchema()
export class ChangeEmailDto {
  @ApiProperty({ format: 'password', example: EXAMPLE_USER.password })
  @IsString()
  current_password!: string;

  @ApiProperty({
    example: 'ada.lovelace@example.com',
    format: 'email',
    maxLength: MAX_EMAIL_LENGTH,
  })
  @IsEmail({ allow_utf8_local_part: true })
  @MaxCharacters(MAX_EMAIL_LENGTH)
  @IsString()
  new_email_address!: string;
}
