import { EXAMPLE_USER } from '../../common/openapi/example-user.js';
import { ApiProperty } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';

@OwnSchema()
export class MeDto {
  @ApiProperty({ format: 'uuid', example: '2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d' })
  id!: string;

  @ApiProperty({ format: 'uuid', example: '0f8fad5b-d9cb-469f-a165-70867728950e' })
  account_id!: string;

  @ApiProperty({ example: EXAMPLE_USER.email, description: 'Empty for an API key' })
  email_address!: string;

  @ApiProperty({ example: 'Ada', description: 'The name of an API key' })
  first_name!: string;

  @ApiProperty({ example: 'Lovelace', description: 'Empty for an API key' })
  surname!: string;

  // No `format`: an empty text is no address.
  @ApiProperty({ example: 'https://gravatar.com/avatar/4b0a', description: 'Empty for an API key' })
  gravatar_url!: string;

  @ApiProperty({ example: true })
  is_owner!: boolean;

  @ApiProperty({ example: false, description: 'The address is confirmed' })
  is_verified!: boolean;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  modified_at_utc!: number;

  @ApiProperty({ enum: ['user', 'api_key'] })
  type!: 'user' | 'api_key';

  @ApiProperty({ example: 'owner' })
  role!: string;

  @ApiProperty({ type: [String], example: ['owner'] })
  scope!: readonly string[];
}
