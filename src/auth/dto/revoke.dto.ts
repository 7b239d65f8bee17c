import { ApiProperty } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { IsString } from 'class-validator';
import { IgnoresUnknownMembers } from '../../common/validation/known-members.js';

@IgnoresUnknownMembers()
@OwnSchema()
export class RevokeDto {
  @ApiProperty({ description: "The session's refresh token", minLength: 128, maxLength: 128 })
  @IsString()
  refresh_token!: string;
}
