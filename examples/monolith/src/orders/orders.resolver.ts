import { Query, Resolver } from '@nestjs/graphql';
import { CurrentPrincipal, RequireScopes, type Principal } from 'nest-gatehouse';
import { Order } from './order.entity.js';
import { OrdersService } from './orders.service.js';

@Resolver(() => Order)
export class OrdersResolver {
  constructor(private readonly orders: OrdersService) {}

  @Query(() => [Order], { name: 'orders' })
  @RequireScopes('orders:read')
  list(@CurrentPrincipal() principal: Principal): Promise<Order[]> {
    return this.orders.list(principal);
  }
}
