import { Body, Controller, Get, Post, ValidationPipe } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequireScopes, type Principal } from 'nest-gatehouse';
import { CreateOrderDto } from './create-order.dto.js';
import { Order } from './order.entity.js';
import { OrdersService } from './orders.service.js';

@ApiTags('Orders')
@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @RequireScopes('orders:read')
  @ApiOkResponse({ type: Order, isArray: true })
  list(@CurrentPrincipal() principal: Principal): Promise<Order[]> {
    return this.orders.list(principal);
  }

  @Post()
  @RequireScopes('orders:write')
  @ApiCreatedResponse({ type: Order })
  place(
    @CurrentPrincipal() principal: Principal,
    @Body(new ValidationPipe({ whitelist: true })) order: CreateOrderDto,
  ): Promise<Order> {
    return this.orders.place(principal, order);
  }
}
