import { Module, type DynamicModule } from '@nestjs/common';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { ExportsModule } from '../exports/exports.module.js';
import { LinksExport } from './links-export.js';
import { LinksPurge } from './links-purge.js';
import { OneTimeLinks } from './one-time-links.js';
import { OneTimeLinksRepository } from './one-time-links.repository.js';

/** One-time links. */
@Module({})
export class LinksModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(LinksModule, () => ({
      imports: [DatabaseModule.register(assembly), ExportsModule.register(assembly)],
      providers: [LinksExport, LinksPurge, OneTimeLinks, OneTimeLinksRepository],
      exports: [OneTimeLinks],
    }));
  }
}
