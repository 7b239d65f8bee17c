import { EXAMPLE_USER } from '../../common/openapi/example-user.js';
import { ApiProperty } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { IsString, IsUUID } from 'class-validator';

@OwnSchema()
export class ConfirmPasswordDto {
  @ApiProperty({
    format: 'password',
    example: EXAMPLE_USER.password,
    description: 'Your own, once more',
  })
  @IsString()
  password!: string;
}

@OwnSchema()
export class HandOverDto extends ConfirmPasswordDto {
  @ApiProperty({
    format: 'uuid',
    example: '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d',
    description: 'An active user of the account who has a password',
  })
  @IsUUID()
  @IsString()
  user_id!: string;
}

@OwnSchema()
export class ChangePasswordDto {
  @ApiProperty({ format: 'password', example: EXAMPLE_USER.password })
  @IsString()
  current_password!: string;

  @ApiProperty({ format: 'password', example: 'four brown bears by a blue lake' })
  @IsString()
  new_password!: string;
}
