import { IsInt, IsString, Max, Min } from 'class-validator';

export class CreateOrderDto {
  @IsString()
  item!: string;

  @IsInt()
  @Min(1)
  @Max(1000)
  quantity!: number;
}
