import { ApiProperty } from '@nestjs/swagger';

export class ValidateDto {
  @ApiProperty({ example: true })
  active!: true;

  @ApiProperty({ type: 'integer', description: 'ms since the Unix epoch', example: 1712531293000 })
  expires_at!: number;

  @ApiProperty({ type: [String], example: ['owner'] })
  scope!: readonly string[];
}
