import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../../common/assembly.js';
import { DatabaseModule } from '../../database/database.module.js';
import { AuditVerifier } from './audit-verifier.js';
import { ChainPurge } from './chain-purge.js';
import { SealKeys } from './seal-keys.js';
import { SEAL_OPTIONS, type SealOptions } from './seal-options.js';
import { SealWriter } from './seal-writer.js';
import { SealedRowsRepository } from './sealed-rows.repository.js';
import { Sealer } from './sealer.js';
import { SealsRepository } from './seals.repository.js';

/** Seals the rows of the audit trail, and verifies them. */
@Module({})
export class SealModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(SealModule, () => ({
      imports: [DatabaseModule.register(assembly)],
      providers: [
        {
          provide: SealKeys,
          useFactory: ({ keys }: SealOptions) => new SealKeys(keys),
          inject: [SEAL_OPTIONS],
        },
        AuditVerifier,
        ChainPurge,
        SealedRowsRepository,
        Sealer,
        SealsRepository,
        SealWriter,
      ],
      exports: [AuditVerifier, ChainPurge, SealKeys, Sealer],
    }));
  }
}
