import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';

export class CreateOrderDto {
  @ApiProperty({ example: 'Lantern' })
  @IsString()
  @Length(1, 100)
  item!: string;

  @ApiProperty({ type: 'integer', example: 2 })
  @IsInt()
  @Min(1)
  @Max(1000)
  quantity!: number;
}
