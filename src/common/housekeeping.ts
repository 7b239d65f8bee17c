import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './errors/message-of.js';

/** Deletes a small number of rows that nothing needs; returns whether there may be more. */
type Step = () => Promise<boolean>;

const HOUR_MS = 3_600_000;
/** Not at once: a start has other things to do, and several instances start together. */
const FIRST_RUN_MS = 600_000;
const PAUSE_MS = 50;

/**
 * Deletes rows that have become useless: once an hour, a few at a time. Steps may run on several instances
 * concurrently, and no decision depends on them (S-168).
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Housekeeping');
  private readonly steps = new Map<string, Step>();
  private readonly warned = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<boolean> | undefined;
  private hasEnded = false;

  /** @param what for the warning when it fails, such as `old counters` */
  add(what: string, step: Step): void {
    this.steps.set(what, step);
  }

  onApplicationBootstrap(): void {
    this.schedule(FIRST_RUN_MS);
  }

  /** Waits for the step that is under way, before the database is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.hasEnded = true;
    clearTimeout(this.timer);
    await this.running?.catch(() => undefined);
  }

  async run(): Promise<void> {
    for (const [what, step] of this.steps) await this.runStep(what, step);
  }

  private schedule(afterMs: number): void {
    this.timer = setTimeout(() => void this.runAndSchedule(), afterMs).unref();
  }

  private async runAndSchedule(): Promise<void> {
    await this.run();
    if (!this.hasEnded) this.schedule(HOUR_MS);
  }

  private async runStep(what: string, step: Step): Promise<void> {
    try {
      while (!this.hasEnded && (await (this.running = step()))) {
        await sleep(PAUSE_MS, undefined, { ref: false });
      }
    } catch (error) {
      // Once: the right to delete may be missing on purpose (S-153), and a database that is away shows elsewhere.
      if (this.warned.has(what)) return;
      this.warned.add(what);
      this.logger.warn(`${what} cannot be deleted: ${messageOf(error)}`);
    }
  }
}
