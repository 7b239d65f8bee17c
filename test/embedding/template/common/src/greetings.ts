import { Injectable } from '@nestjs/common';
import { OnGatehouseEvent, type GatehouseEvent } from 'nest-gatehouse';

/** Greets each new user, whatever happens to the process. */
@Injectable()
export class Greetings {
  readonly greeted: string[] = [];

  @OnGatehouseEvent('user.created', { durable: true })
  greet({ userId }: GatehouseEvent<'user.created'>): void {
    this.greeted.push(userId);
  }
}
