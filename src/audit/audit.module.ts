import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { ExportsModule } from '../exports/exports.module.js';
import { AuditCountsRepository } from './audit-counts.repository.js';
import { AuditExport } from './audit-export.js';
import { AuditPurge } from './audit-purge.js';
import { AuditRecorder } from './audit-recorder.js';
import { AuditRecordsRepository } from './audit-records.repository.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { SealModule } from './seal/seal.module.js';
import { ServiceStart } from './service-start.js';

/** The audit trail: one row for each act, and the route that lists them. */
@Module({})
export class AuditModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(AuditModule, () => ({
      imports: [
        AccessModule.register(assembly),
        DatabaseModule.register(assembly),
        ExportsModule.register(assembly),
        SealModule.register(assembly),
      ],
      controllers: assembly.controllers({ audit: AuditController }),
      providers: [
        AuditCountsRepository,
        AuditExport,
        AuditPurge,
        AuditRecorder,
        AuditRecordsRepository,
        AuditService,
        ServiceStart,
      ],
      exports: [AuditService, SealModule.register(assembly)],
    }));
  }
}
