import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { StartError } from './common/errors/start.error.js';
import { loadedCopies } from './loaded-copies.js';

/**
 * Refuses a second copy of this package, and a second Gatehouse while one is global: a route could get the guard of
 * either.
 */
@Injectable()
export class LoneGatehouse implements OnModuleInit {
  /** @throws StartError here, because Nest then resolves the host's guards, and would miss the providers of the other copy */
  constructor(private readonly modules: ModulesContainer) {
    if (loadedCopies.size < 2) return;
    const places = [...loadedCopies].join(' and from ');
    throw new StartError(`nest-gatehouse was loaded more than once, from ${places}: load one copy`);
  }

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
