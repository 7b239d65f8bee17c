import { Logger, type INestApplication } from '@nestjs/common';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { Database } from '../../database/database.js';
import { Readiness } from '../../health/readiness.js';
import { HttpDrain } from './http-drain.js';
import { onEndOf, processToEndWith } from './parent-process.js';

export interface ShutdownLimits {
  /** How long new requests are still accepted, in seconds. */
  readonly delay: number;
  /** How long running requests may take after that, in seconds. */
  readonly timeout: number;
}

interface Serving {
  readonly app: INestApplication;
  readonly drain: HttpDrain;
  readonly limits: ShutdownLimits;
}

/** npm forwards the SIGINT that a terminal sends to all of its processes, so one Ctrl-C may arrive twice. */
const SAME_SIGNAL_MS = 500;

/**
 * Ends the process on signals, on unhandled faults and at the end of `npm start` (S-145, S-185, S-186).
 *
 * The first signal lets running requests finish; a second one ends the process at once.
 */
export class Shutdown {
  private readonly logger = new Logger('Shutdown');
  private serving: Serving | undefined;
  private begunAt: number | undefined;
  private exitCode = 0;

  /** Listens for signals, unhandled faults and the end of `npm start`. */
  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => this.endOnSignal(signal));
    }
    const hadTerminal = hasTerminal();
    // Ends the process only if its terminal was closed; otherwise the signal asks for a reload of the certificate, or
    // the process runs under `nohup`, whose effect Node has undone.
    process.on('SIGHUP', () => {
      if (hadTerminal && !hasTerminal()) this.endOnSignal('SIGHUP');
    });
    process.on('unhandledRejection', (fault) => this.endOnFault(fault));
    process.on('uncaughtException', (fault) => this.endOnFault(fault));
    const parent = processToEndWith(process.argv);
    if (parent !== undefined) onEndOf(parent, () => this.end('npm has ended'));
  }

  /** From this call on there may be requests to finish; before it, the process ends at once. */
  serve(app: INestApplication, limits: ShutdownLimits): void {
    this.serving = { app, drain: new HttpDrain(app.getHttpServer() as Server), limits };
  }

  private endOnSignal(signal: NodeJS.Signals): void {
    if (this.begunAt === undefined) return this.end(signal);
    if (performance.now() - this.begunAt < SAME_SIGNAL_MS) return;
    this.logger.warn(`${signal} again: ends at once, ${this.summary()}`);
    process.exit(1);
  }

  /** An unhandled fault leaves the process in an unknown state. */
  private endOnFault(fault: unknown): void {
    const isError = fault instanceof Error;
    new Logger('Process').fatal(
      isError ? fault.message : String(fault),
      isError ? fault.stack : undefined,
    );
    this.exitCode = 1;
    this.end('fault');
  }

  private end(reason: string): void {
    if (this.begunAt !== undefined) return;
    this.begunAt = performance.now();
    if (!this.serving) process.exit(this.exitCode);
    this.finish(this.serving, reason).catch((error: unknown) => {
      this.logger.error(error instanceof Error ? error.stack : String(error));
      process.exit(1);
    });
  }

  private async finish({ app, drain, limits }: Serving, reason: string): Promise<void> {
    app.get(Readiness, { strict: false }).end();
    drain.begin();
    const delay = limits.delay > 0 ? `requests are taken for ${limits.delay} s more, ` : '';
    this.logger.log(`Shutting down (${reason}): ${delay}${drain.running} requests are running`);
    await sleep(limits.delay * 1000);

    setTimeout(() => {
      const closing = drain.running === 0 ? ', the database does not let go' : '';
      this.logger.error(`Not done after ${limits.timeout} s: ${this.summary()}${closing}`);
      process.exit(1);
    }, limits.timeout * 1000);
    await drain.stopListening();
    await drain.finish();
    await app.get(Database, { strict: false }).settled();
    await app.close();
    this.logger.log(`Shut down: ${this.summary()}`);
    process.exit(this.exitCode);
  }

  private summary(): string {
    const { drain } = this.serving ?? {};
    return `${drain?.finished ?? 0} requests finished, ${drain?.running ?? 0} cut off`;
  }
}

function hasTerminal(): boolean {
  return [0, 1, 2].some(isatty);
}
