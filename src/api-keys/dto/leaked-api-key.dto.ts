import { IsString } from 'class-validator';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { ApiProperty } from '../../common/openapi/swagger.js';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';

/** Longer than a key with whatever may surround it. */
const MAX_LENGTH = 1000;

@OwnSchema()
export class LeakedApiKeyDto {
  @ApiProperty({
    example: `gthk_${'0'.repeat(32)}.gths_${'0'.repeat(72)}`,
    description: '`key.secret`: key and secret as one string',
    maxLength: MAX_LENGTH,
  })
  @MaxCharacters(MAX_LENGTH)
  @IsString()
  api_key!: string;
}
