import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { first } from 'rxjs';
import { messageOf } from '../common/errors/message-of.js';
import { EventBus } from '../events/event-bus.js';
import { SYSTEM } from '../events/gatehouse-event.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-options.js';

/** Audits each start with the names of the settings that are not the default (S-147). */
@Injectable()
export class ServiceStart implements OnApplicationBootstrap {
  private readonly logger = new Logger('Audit');

  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: AuditOptions,
    private readonly events: EventBus,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Waits until the application listens: until then its start may still fail. */
  async onApplicationBootstrap(): Promise<void> {
    // An application without HTTP never listens.
    if (!this.adapterHost.httpAdapter) return this.record();
    this.adapterHost.listen$.pipe(first()).subscribe(() => void this.record());
  }

  private async record(): Promise<void> {
    const reason = `set: ${this.options.changedSettings.join(', ') || 'nothing'}`;
    try {
      await this.events.report({ name: 'service.started', ...SYSTEM, reason });
    } catch (error) {
      // A database that comes back later is no reason to refuse the start.
      this.logger.warn(`the start was not recorded in the audit trail: ${messageOf(error)}`);
    }
  }
}
