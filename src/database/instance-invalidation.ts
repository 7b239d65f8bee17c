import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { CacheInvalidation } from '../common/cache-invalidation.js';
import { GATEHOUSE_DATA_SOURCE } from './data-source-token.js';
import { dialectOf } from './dialects/dialect-of.js';
import type { InstanceMessages } from './instance-messages.js';

/**
 * Invalidates the caches of all instances at once, where the engine can carry messages. Elsewhere, and when a message is
 * lost, a change takes effect within the published bound (contract §4, S-59).
 */
@Injectable()
export class InstanceInvalidation implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly messages: InstanceMessages | undefined;

  constructor(
    @Inject(GATEHOUSE_DATA_SOURCE) dataSource: DataSource,
    private readonly changes: CacheInvalidation,
  ) {
    this.messages = dialectOf(dataSource).instanceMessages?.(dataSource);
  }

  onApplicationBootstrap(): void {
    const { messages } = this;
    if (!messages) return;
    this.changes.onChange((rows) => messages.send(rows));
    messages.start((rows) => this.changes.invalidate(rows));
  }

  /** Runs after the HTTP server has closed, so that the changes of the last requests are sent. */
  async onApplicationShutdown(): Promise<void> {
    await this.messages?.stop();
  }
}
