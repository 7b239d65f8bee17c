import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { StartError } from './common/errors/start.error.js';
import { refuseSecondCopy } from './common/loaded-copies.js';

/**
 * Refuses a second copy of this package, and a second Gatehouse while one is global: a route could get the guard of
 * either.
 */
@Injectable()
export class LoneGatehouse implements OnModuleInit {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws StartError */
  onModuleInit(): void {
    refuseSecondCopy();
    const gatehouses = [...this.modules.values()].filter(({ providers }) =>
      providers.has(LoneGatehouse),
    );
    if (gatehouses.length < 2 || !gatehouses.some(({ isGlobal }) => isGlobal)) return;
    throw new StartError(
      'GatehouseModule.forRoot was called twice: call it once, or give each isGlobal: false and import the one that is meant',
    );
  }
}
