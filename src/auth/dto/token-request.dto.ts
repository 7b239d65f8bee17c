import { EXAMPLE_USER } from '../../common/openapi/example-user.js';
import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { IsString, MaxLength, ValidateIf } from 'class-validator';
import { IgnoresUnknownMembers } from '../../common/validation/known-members.js';
import { GRANT_TYPES } from '../grants/grants.js';

const MAX_SCOPE_LENGTH = 1000;

/** The member may be absent, but `null` is refused like any other value that is not a string (S-133). */
function IsOptionalText(): PropertyDecorator {
  return (target, name) => {
    ValidateIf((dto: Record<string | symbol, unknown>) => dto[name] !== undefined)(target, name);
    IsString()(target, name);
  };
}

@IgnoresUnknownMembers()
export class TokenQueryDto {
  @IsOptionalText()
  grant_type?: string;

  @MaxLength(MAX_SCOPE_LENGTH)
  @IsOptionalText()
  scope?: string;
}

@IgnoresUnknownMembers()
@OwnSchema()
export class TokenRequestDto {
  @ApiProperty({ enum: GRANT_TYPES, description: 'Here or in the query; when in both, the same' })
  @IsOptionalText()
  grant_type?: string;

  @ApiPropertyOptional({
    example: EXAMPLE_USER.email,
    description: '`password` grant without header',
  })
  @IsOptionalText()
  username?: string;

  @ApiPropertyOptional({ format: 'password', description: '`password` grant without header' })
  @IsOptionalText()
  password?: string;

  @ApiPropertyOptional({ description: '`refresh_token` grant' })
  @IsOptionalText()
  refresh_token?: string;

  @ApiPropertyOptional({
    description:
      "An API key's `key`, in place of a `Basic` header (RFC 6749 §2.3.1); without a secret it is ignored",
  })
  @IsOptionalText()
  client_id?: string;

  @ApiPropertyOptional({ format: 'password', description: "That key's `secret`" })
  @IsOptionalText()
  client_secret?: string;

  @ApiPropertyOptional({ description: 'Space-separated names to narrow the token to' })
  @MaxLength(MAX_SCOPE_LENGTH)
  @IsOptionalText()
  scope?: string;
}
