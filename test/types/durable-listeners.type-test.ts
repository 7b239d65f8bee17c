// Compiled by `npm run lint` and never run: the line after each `@ts-expect-error` must not compile.
import { GatehouseEvents, OnGatehouseEvent, type GatehouseEvent } from '../../src/index.js';

export class Listeners {
  @OnGatehouseEvent('user.created', { durable: true })
  one({ userId }: GatehouseEvent<'user.created'>): string {
    return userId;
  }

  @OnGatehouseEvent('user.created', 'role.created', { durable: 'names' })
  async several(_event: GatehouseEvent<'user.created' | 'role.created'>): Promise<void> {}

  @OnGatehouseEvent('user.created', 'role.created')
  asBefore(_event: GatehouseEvent<'user.created' | 'role.created'>): void {}

  // @ts-expect-error -- the role's event has no userId
  @OnGatehouseEvent('user.created', 'role.created', { durable: true })
  another(_event: GatehouseEvent<'user.created'>): void {}

  // @ts-expect-error -- no event of that name
  @OnGatehouseEvent('user.creatd', { durable: true })
  misspelt(_event: GatehouseEvent): void {}

  // @ts-expect-error -- no option of that name
  @OnGatehouseEvent('user.created', { lasting: true })
  wrongOption(_event: GatehouseEvent<'user.created'>): void {}
}

export function listen(events: GatehouseEvents): void {
  events.on('api_key.revoked', ({ apiKeyId }) => void apiKeyId.length, { durable: 'keys' });
  // @ts-expect-error -- a function has no stable name of its own
  events.on('api_key.revoked', () => undefined, { durable: true });
}
