import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { AccountExports } from './account-exports.js';

/** What is held about an account, put together from all rooms. */
@Module({})
export class ExportsModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(ExportsModule, () => ({
      imports: [DatabaseModule.register(assembly)],
      providers: [AccountExports],
      exports: [AccountExports],
    }));
  }
}
