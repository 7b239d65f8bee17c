import { Module } from '@nestjs/common';
import { SYSTEM_SCOPES } from './roles.js';
import { ScopeRegistry } from './scope-registry.js';

@Module({
  providers: [{ provide: ScopeRegistry, useFactory: () => new ScopeRegistry(SYSTEM_SCOPES) }],
  exports: [ScopeRegistry],
})
export class ScopesModule {}
