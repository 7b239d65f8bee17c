import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  CurrentPrincipal,
  defineScopes,
  GatehouseGuard,
  Public,
  RequireScopes,
  type Principal,
} from 'nest-gatehouse';
import { afterEach } from 'node:test';
import { closeAll } from '../host-app.js';

// The import of this file registers the hook before the first `describe`; later, it would not run.
afterEach(closeAll);

export const SCOPES = defineScopes({ scopes: { 'orders:read': [] } });

@Controller('orders')
@UseGuards(GatehouseGuard)
export class Orders {
  @Get()
  @RequireScopes('orders:read' as never)
  list(@CurrentPrincipal() principal: Principal): object {
    return { account: principal.accountId, claims: principal.claims };
  }

  @Get('open')
  @Public()
  open(): object {
    return { open: true };
  }

  /** A route without an access rule. */
  @Get('forgotten')
  forgotten(): string {
    return 'here';
  }
}

export const ACCOUNT = {
  account_name: 'Lantern Works',
  full_name: 'Ada Lovelace',
  email_address: 'ada@example.com',
  password: 'three grey geese in a green field',
  country: 'GBR',
  terms: true,
};

export const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
