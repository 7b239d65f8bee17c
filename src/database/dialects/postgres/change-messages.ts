import type { ChangedRows } from '../../../common/cache-invalidation.js';

/** A message between instances. */
export interface ChangeMessage {
  /** The instance that sent it; `undefined` if the message is malformed. */
  readonly from?: string;
  readonly rows: ChangedRows;
}

/** Length of a UUID: a longer text is the id of no row. */
const MAX_ID_LENGTH = 36;
/** Keeps a message below PostgreSQL's 8,000 bytes, even if JSON takes 6 bytes for every character of an id. */
const ROWS_PER_MESSAGE = 32;
/** With more rows than that waiting, everything is invalidated. */
const MAX_ROWS = 1_000;

/** Collects changed rows until the next statement can send them. */
export class PendingChanges {
  private rows = new Set<string>();
  private isEverything = false;

  constructor(private readonly from: string) {}

  get isEmpty(): boolean {
    return !this.isEverything && this.rows.size === 0;
  }

  add(rows: ChangedRows): void {
    if (this.isEverything) return;
    for (const row of rows ?? []) if (row.length <= MAX_ID_LENGTH) this.rows.add(row);
    if (rows && this.rows.size <= MAX_ROWS) return;
    this.isEverything = true;
    this.rows.clear();
  }

  /** Removes what has been collected, as texts to send. */
  take(): string[] {
    const texts = this.isEverything ? [messageText(this.from, undefined)] : this.rowTexts();
    this.isEverything = false;
    this.rows.clear();
    return texts;
  }

  private rowTexts(): string[] {
    const rows = [...this.rows];
    const texts: string[] = [];
    while (rows.length > 0) texts.push(messageText(this.from, rows.splice(0, ROWS_PER_MESSAGE)));
    return texts;
  }
}

export function messageText(from: string, rows: ChangedRows): string {
  return JSON.stringify({ from, rows });
}

/** Reads a message. Anyone who may connect to the database can send one, so a malformed one means any row. */
export function parseMessage(text: string | undefined): ChangeMessage {
  try {
    const { from, rows } = JSON.parse(text ?? '') as { from?: unknown; rows?: unknown };
    if (typeof from === 'string' && (rows === undefined || isTexts(rows))) return { from, rows };
  } catch {
    // Not JSON, or `null`.
  }
  return { rows: undefined };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
