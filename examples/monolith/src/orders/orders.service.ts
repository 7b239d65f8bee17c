import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Principal } from 'nest-gatehouse';
import { randomUUID } from 'node:crypto';
import { Repository } from 'typeorm';
import type { CreateOrderDto } from './create-order.dto.js';
import { Order } from './order.entity.js';

@Injectable()
export class OrdersService {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /** The orders of the caller's account only. */
  list({ accountId }: Principal): Promise<Order[]> {
    return this.orders.find({ where: { accountId }, order: { item: 'ASC' } });
  }

  async place(principal: Principal, { item, quantity }: CreateOrderDto): Promise<Order> {
    const { accountId, id, type } = principal;
    const placedById = type === 'user' ? id : null;
    const order = { id: randomUUID(), item, quantity, accountId, placedById };
    await this.orders.insert(order);
    return order;
  }
}
