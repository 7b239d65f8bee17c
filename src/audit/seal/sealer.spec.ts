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

  it('searches every 4 s for rows that another process has left (S-214)', async () => {
    const { sealer, search } = started();
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(search).toHaveBeenCalledTimes(15);
    await sealer.onModuleDestroy();
  });
});
