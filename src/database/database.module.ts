import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../common/assembly.js';
import { Database } from './database.js';
import { InstanceInvalidation } from './instance-invalidation.js';

/** Provides {@link Database}, over the DataSource that the application opened. */
@Module({})
export class DatabaseModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(DatabaseModule, () => ({
      providers: [Database, InstanceInvalidation],
      exports: [Database],
    }));
  }
}
