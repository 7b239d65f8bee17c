import { ApiProperty, ApiPropertyOptional } from './swagger.js';
import { OwnSchema } from './own-schema.decorator.js';

@OwnSchema()
class FieldErrorDto {
  @ApiProperty({ example: 'password' })
  field!: string;

  @ApiProperty({ example: 'password must be at least 15 characters long' })
  message!: string;
}

/** Documents the form of every error; the filter builds it from the catalogue. */
@OwnSchema()
export class ErrorDto {
  @ApiProperty({ type: 'integer', description: 'Stable; branch on this', example: 40001 })
  code!: number;

  @ApiProperty({ example: 'Request is invalid' })
  message!: string;

  @ApiPropertyOptional({
    type: [FieldErrorDto],
    description: 'With 40001; with 40301 where a header did not count',
  })
  errors?: FieldErrorDto[];

  @ApiPropertyOptional({ description: 'With 5xx only; the same as X-Request-Id' })
  request_id?: string;

  @ApiPropertyOptional({ description: 'The code of RFC 6749 §5.2, at the token endpoint only' })
  error?: string;

  @ApiPropertyOptional({ description: 'With `error`; repeats `message`' })
  error_description?: string;
}
