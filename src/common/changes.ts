import { Injectable } from '@nestjs/common';

/** Ids of rows that were changed; `undefined`: any may have been. */
export type ChangedRows = readonly string[] | undefined;

/** Of a write that changes nothing that anybody's access rests on. */
export const NO_ACCESS: readonly string[] = [];

type Listener = (rows: ChangedRows) => void;

/** Tells whoever remembers what rows said that this process has changed some. */
@Injectable()
export class Changes {
  private readonly listeners: Listener[] = [];

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  tell(rows: ChangedRows): void {
    for (const listener of this.listeners) listener(rows);
  }
}
