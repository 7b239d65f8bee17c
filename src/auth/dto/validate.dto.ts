import { ApiProperty } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';

@OwnSchema()
export class ValidateDto {
  @ApiProperty({ example: true })
  active!: true;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'ms since the Unix epoch; `null` for an API key without an end',
    example: 1712531293000,
  })
  expires_at!: number | null;

  @ApiProperty({ type: [String], example: ['owner'] })
  scope!: readonly string[];
}
