import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../common/assembly.js';
import { ActionLimits } from './action-limits.js';
import { KeyThrottle } from './key-throttle.js';
import { Limiters } from './limiters.js';
import { NetworkLimit } from './network-limit.js';
import { SharedStore } from './shared-store.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** Limits of guesses and of actions. */
@Module({})
export class ThrottlingModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(ThrottlingModule, () => ({
      providers: [ActionLimits, KeyThrottle, Limiters, NetworkLimit, SharedStore, SignInThrottle],
      exports: [ActionLimits, KeyThrottle, SharedStore, SignInThrottle],
    }));
  }
}
