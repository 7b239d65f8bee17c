import { Injectable } from '@nestjs/common';

/** Ids of rows that were changed; `undefined`: any may have been. */
export type ChangedRows = readonly string[] | undefined;

/** For a write that changes no row that a cached verification depends on. */
export const NO_ACCESS: readonly string[] = [];

type Listener = (rows: ChangedRows) => void;

/** Tells caches which rows this process has changed. */
@Injectable()
export class CacheInvalidation {
  private readonly listeners: Listener[] = [];

  onInvalidation(listener: Listener): void {
    this.listeners.push(listener);
  }

  invalidate(rows: ChangedRows): void {
    for (const listener of this.listeners) listener(rows);
  }
}
