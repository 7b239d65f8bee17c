import { Body, Controller, Get, Post, UseGuards, ValidationPipe } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  CurrentPrincipal,
  GatehouseGuard,
  RequireScopes,
  RequireUser,
  User,
  type Principal,
} from 'nest-gatehouse';
import { randomUUID } from 'node:crypto';
import { Repository } from 'typeorm';
import { CreateOrderDto } from './create-order.dto';
import { Order } from './order.entity';

@Controller('orders')
@UseGuards(GatehouseGuard)
export class OrdersController {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  @Get()
  @RequireScopes('orders:read')
  list(@CurrentPrincipal() { accountId }: Principal): Promise<Order[]> {
    return this.orders.find({ where: { accountId }, order: { item: 'ASC' } });
  }

  @Post()
  @RequireScopes('orders:write')
  async place(
    @CurrentPrincipal() { accountId, id, type }: Principal,
    @Body(new ValidationPipe({ whitelist: true })) { item, quantity }: CreateOrderDto,
  ): Promise<Order> {
    const placedById = type === 'user' ? id : null;
    const order = { id: randomUUID(), item, quantity, accountId, placedById };
    await this.orders.insert(order);
    return order;
  }

  @Get('placers')
  @RequireUser()
  async placers(@CurrentPrincipal() { accountId }: Principal): Promise<User[]> {
    const orders = await this.orders.find({ where: { accountId }, relations: { placedBy: true } });
    return orders.flatMap(({ placedBy }) => placedBy ?? []);
  }
}
