import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../../common/clock.js';
import type { Database } from '../../database/database.js';
import type { SealWriter } from './seal-writer.js';
import { Sealer } from './sealer.js';
import type { SealsRepository } from './seals.repository.js';

const MINUTE_MS = 60_000;

describe('Sealer', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function started() {
    const search = jest.fn(() => Promise.resolve([]));
    const sealer = new Sealer(
      { read: search } as unknown as Database,
      {} as SealsRepository,
      { seal: () => Promise.resolve(true) } as unknown as SealWriter,
      new Clock(),
    );
    sealer.onModuleInit();
    return { sealer, search };
  }

  it('searches within 5 s after a row was written, and each minute while none is (S-214)', async () => {
    const { sealer, search } = started();
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS);
    search.mockClear();
    await jest.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(search.mock.calls.length).toBeGreaterThanOrEqual(59);
    expect(search.mock.calls.length).toBeLessThanOrEqual(61);

    sealer.wake([{ id: 'row', accountId: null }]);
    search.mockClear();
    await jest.advanceTimersByTimeAsync(4_500);
    expect(search.mock.calls.length).toBeGreaterThanOrEqual(1);
    expect(search.mock.calls.length).toBeLessThanOrEqual(2);
    await sealer.onModuleDestroy();
  });
});
