import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../common/assembly.js';
import { ScopeRegistry } from './scope-registry.js';
import { scopeTable } from './scope-table.js';
import { SCOPES_OPTIONS, type ScopesOptions } from './scopes-options.js';

/** The registry of all scopes and roles. */
@Module({})
export class ScopesModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(ScopesModule, () => ({
      providers: [
        {
          provide: ScopeRegistry,
          useFactory: ({ host }: ScopesOptions) => new ScopeRegistry(scopeTable(host)),
          inject: [SCOPES_OPTIONS],
        },
      ],
      exports: [ScopeRegistry],
    }));
  }
}
