import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

export class RevokeDto {
  @ApiProperty({ description: "The session's refresh token", minLength: 128, maxLength: 128 })
  @IsString()
  refresh_token!: string;
}
