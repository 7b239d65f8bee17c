import { Controller, Get } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequireUser, type Principal } from 'nest-gatehouse';
import { Repository } from 'typeorm';
import { Customer } from './customer.entity.js';

class PointsDto {
  @ApiProperty({ type: 'integer' })
  points!: number;
}

@ApiTags('Customers')
@Controller('customers')
export class CustomersController {
  constructor(@InjectRepository(Customer) private readonly customers: Repository<Customer>) {}

  @Get('me')
  @RequireUser()
  async me(@CurrentPrincipal() { id }: Principal): Promise<PointsDto> {
    const customer = await this.customers.findOneBy({ userId: id });
    return { points: customer?.loyaltyPoints ?? 0 };
  }
}
