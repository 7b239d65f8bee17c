import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { StartError } from './common/errors/start.error.js';

/** Refuses a second Gatehouse that every module would see: which one's guard a route gets would be chance. */
@Injectable()
export class LoneGatehouse implements OnModuleInit {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws StartError */
  onModuleInit(): void {
    const gatehouses = [...this.modules.values()].filter(({ providers }) =>
      providers.has(LoneGatehouse),
    );
    if (gatehouses.length < 2 || !gatehouses.some(({ isGlobal }) => isGlobal)) return;
    throw new StartError(
      'GatehouseModule.forRoot was called twice: call it once, or give each isGlobal: false and import the one that is meant',
    );
  }
}
