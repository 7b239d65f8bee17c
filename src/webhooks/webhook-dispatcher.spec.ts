import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookAttempts } from './webhook-attempts.js';
import type { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import type { WebhookPurge } from './webhook-purge.js';

const LOOK_MS = 70;

describe('WebhookDispatcher', () => {
  it('leaves the event loop to others while look-ups are slow, however often it is woken (S-219)', async () => {
    let looks = 0;
    let blocked = 0;
    /** The share of the time that the look-ups before the last one and their pauses have blocked. */
    let share = 1;
    let begunAt = 0;
    const deliveries = {
      findAvailable: () => {
        const startedAt = performance.now();
        if (looks === 0) begunAt = startedAt;
        share = blocked / (startedAt - begunAt);
        while (performance.now() - startedAt < LOOK_MS);
        blocked += performance.now() - startedAt;
        looks++;
        return Promise.resolve([]);
      },
    };
    const dispatcher = new WebhookDispatcher(
      deliveries as unknown as WebhookDeliveries,
      {} as WebhookAttempts,
      {} as WebhookPurge,
    );
    dispatcher.onApplicationBootstrap();
    while (looks < 5) {
      dispatcher.wake();
      await sleep(1);
    }
    await dispatcher.onModuleDestroy();
    expect(share).toBeLessThan(1 / 2);
  });
});
