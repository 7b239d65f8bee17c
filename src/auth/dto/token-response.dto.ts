import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';

@OwnSchema()
export class TokenResponseDto {
  @ApiProperty({ example: 'bearer' })
  token_type!: 'bearer';

  @ApiProperty({ description: 'A JWT for `Authorization: Bearer`', example: 'eyJhbGciOi…' })
  access_token!: string;

  @ApiProperty({ type: 'integer', description: 'ms since the Unix epoch', example: 1712531293000 })
  expires_at!: number;

  @ApiProperty({ type: 'integer', description: 'seconds from now', example: 900 })
  expires_in!: number;

  @ApiProperty({ type: [String], description: 'Names the token was granted', example: ['owner'] })
  Scope!: readonly string[];

  @ApiPropertyOptional({
    description: '128 characters of base64url; lives 30 days from the grant',
    minLength: 128,
    maxLength: 128,
  })
  refresh_token?: string;
}
