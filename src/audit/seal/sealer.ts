import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../../common/clock.js';
import { messageOf } from '../../common/errors/message-of.js';
import { groupBy } from '../../common/group-by.js';
import { Database } from '../../database/database.js';
import { SealWriter } from './seal-writer.js';
import { SealsRepository } from './seals.repository.js';

interface WrittenRow {
  readonly id: string;
  readonly accountId: string | null;
}

/** Rows that come within this time are sealed together. */
const INTERVAL_MS = 250;
/** How often rows are looked for that a process has left without a seal (4 s). */
const INTERVALS_PER_SEARCH = 16;
/** A younger row is sealed by the process that has written it. */
const LEFT_BEHIND_MS = 1_000;
/** Rows in one transaction. */
const BATCH_SIZE = 256;
/** Most rows that are remembered; more are found by the search. */
const MAX_REMEMBERED = 10_000;
const MAX_ATTEMPTS = 3;
const MAX_PAUSE_MS = 100;

/** Seals audit rows in the background, within 5 s of their commit, on every instance. */
@Injectable()
export class Sealer implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Audit seal');
  /** The accounts of the rows that this process has written, by the row's id. */
  private readonly written = new Map<string, string | null>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private sinceSearch = 0;
  private isFailing = false;

  constructor(
    private readonly database: Database,
    private readonly seals: SealsRepository,
    private readonly writer: SealWriter,
    private readonly clock: Clock,
  ) {}

  /** Takes up rows that this process has written, and is about to commit. */
  wake(rows: readonly WrittenRow[]): void {
    if (this.written.size >= MAX_REMEMBERED) return;
    for (const { id, accountId } of rows) this.written.set(id, accountId);
  }

  /** Starts the timer outside of requests, so that its statements are part of no transaction of a host. */
  onModuleInit(): void {
    this.timer = setInterval(() => {
      const searches = ++this.sinceSearch >= INTERVALS_PER_SEARCH;
      if (this.running || (this.written.size === 0 && !searches)) return;
      if (searches) this.sinceSearch = 0;
      this.running = this.run(searches).finally(() => (this.running = undefined));
    }, INTERVAL_MS).unref();
  }

  /** Seals the rows so far; the search of another instance or of the next start finds later ones. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    if (this.written.size > 0) await this.run(false);
  }

  private async run(searches: boolean): Promise<void> {
    try {
      await this.sealWritten();
      if (searches) await this.sealLeftBehind();
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.error(`rows wait for their seals: ${messageOf(error)}`);
      this.isFailing = true;
    }
  }

  private async sealWritten(): Promise<void> {
    while (this.written.size > 0) {
      const rows = [...this.written].slice(0, BATCH_SIZE);
      await this.seal(rows.map(([id, accountId]) => ({ id, accountId })));
      for (const [id] of rows) this.written.delete(id);
    }
  }

  private async sealLeftBehind(): Promise<void> {
    const before = this.clock.now() - LEFT_BEHIND_MS;
    for (let found = BATCH_SIZE; found === BATCH_SIZE;) {
      const rows = await this.database.read((manager) =>
        this.seals.findWaitingSince(before, BATCH_SIZE, manager),
      );
      found = rows.length;
      const isSealed = await this.seal(
        rows.map(({ auditId, accountId }) => ({ id: auditId, accountId })),
      );
      if (!isSealed) return;
    }
  }

  /** @returns whether all are sealed; the search finds the others again */
  private async seal(rows: readonly WrittenRow[]): Promise<boolean> {
    if (rows.length === 0 || (await this.writer.seal(rows.map(({ id }) => id)))) return true;
    // Each account alone, so that one whose chain is damaged holds up no other.
    let isSealed = true;
    for (const ofAccount of groupBy(rows, ({ accountId }) => accountId).values()) {
      const ids = ofAccount.map(({ id }) => id);
      if (!(await this.sealAlone(ids))) isSealed = false;
    }
    return isSealed;
  }

  private async sealAlone(ids: readonly string[]): Promise<boolean> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (await this.writer.seal(ids, attempt === MAX_ATTEMPTS)) return true;
      await sleep(randomInt(MAX_PAUSE_MS));
    }
    return false;
  }
}
