import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { OnGatehouseEvent, type GatehouseEvent } from 'nest-gatehouse';
import { Repository } from 'typeorm';
import { Customer } from './customer.entity.js';

const WELCOME_POINTS = 100;

/** Adds a customer with welcome points for every new user. */
@Injectable()
export class Welcome {
  constructor(@InjectRepository(Customer) private readonly customers: Repository<Customer>) {}

  @OnGatehouseEvent('account.created', 'user.created')
  async greet({ userId }: GatehouseEvent<'account.created' | 'user.created'>): Promise<void> {
    await this.customers.insert({ userId, loyaltyPoints: WELCOME_POINTS });
  }
}
