import { Injectable } from '@nestjs/common';

/** Ids of rows that were changed; `undefined`: any may have been. */
export type ChangedRows = readonly string[] | undefined;

/** For a write that changes no row that a cached verification depends on. */
export const NO_ACCESS: readonly string[] = [];

type Listener = (rows: ChangedRows) => void;

/** Tells the caches of this process, and those of other instances, which rows have changed. */
@Injectable()
export class CacheInvalidation {
  private readonly invalidationListeners: Listener[] = [];
  private readonly changeListeners: Listener[] = [];

  /** For the caches of this process. */
  onInvalidation(listener: Listener): void {
    this.invalidationListeners.push(listener);
  }

  /** For the messages to other instances. */
  onChange(listener: Listener): void {
    this.changeListeners.push(listener);
  }

  /** Reports rows that this process has changed: every instance invalidates them. */
  reportChange(rows: ChangedRows): void {
    this.invalidate(rows);
    for (const listener of this.changeListeners) listener(rows);
  }

  /** Invalidates rows in the caches of this process only. */
  invalidate(rows: ChangedRows): void {
    for (const listener of this.invalidationListeners) listener(rows);
  }
}
