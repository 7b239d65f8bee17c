import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Principal } from 'nest-gatehouse';
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

  place(principal: Principal, { item, quantity }: CreateOrderDto): Promise<Order> {
    const { accountId, id, type } = principal;
    const placedById = type === 'user' ? id : null;
    return this.orders.save(this.orders.create({ item, quantity, accountId, placedById }));
  }
}
