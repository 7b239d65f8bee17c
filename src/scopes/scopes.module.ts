import { Module } from '@nestjs/common';
import { ScopeRegistry } from './scope-registry.js';
import { scopeTable } from './scope-table.js';
import { SCOPES_OPTIONS, type ScopesOptions } from './scopes-options.js';

/** Needs `SCOPES_OPTIONS` from the application. */
@Module({
  providers: [
    {
      provide: ScopeRegistry,
      useFactory: ({ host }: ScopesOptions) => new ScopeRegistry(scopeTable(host)),
      inject: [SCOPES_OPTIONS],
    },
  ],
  exports: [ScopeRegistry],
})
export class ScopesModule {}
