import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { KeyCheck } from './key-check.js';
import { KnownKeysRepository } from './known-keys.repository.js';

const CHECKED_KEYS = Symbol('gatehouse:checked-keys');

/** Records the keys that a database is used with, and checks them at the start. */
@Module({})
export class KeysModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(KeysModule, () => ({
      imports: [DatabaseModule.register(assembly)],
      providers: [
        KnownKeysRepository,
        KeyCheck,
        {
          // A provider, so that the check has passed before any lifecycle hook of the application runs.
          provide: CHECKED_KEYS,
          useFactory: (check: KeyCheck) => check.run(),
          inject: [KeyCheck],
        },
      ],
    }));
  }
}
