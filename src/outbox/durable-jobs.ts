import { Injectable } from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { escapedAscii } from '../common/escaped-json.js';
import { Database } from '../database/database.js';
import { DurableListeners } from '../events/durable-listeners.js';
import { EventDeliveriesRepository } from './event-deliveries.repository.js';
import { EventDispatcher } from './event-dispatcher.js';

/** What a job needs to know. */
type JobFacts = Readonly<Record<string, string>>;

/**
 * Work that is done after the answer to a request, at least once: by any process that knows the job, and again after an
 * error, like the events of a durable listener. A request whose answer must not tell what it found stores a job, which
 * looks it up later (S-21).
 */
@Injectable()
export class DurableJobs {
  constructor(
    private readonly listeners: DurableListeners,
    private readonly repository: EventDeliveriesRepository,
    private readonly dispatcher: EventDispatcher,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Sets what does a job; call it before the application starts, in a constructor. */
  handle(job: string, run: (facts: JobFacts) => Promise<void>): void {
    this.listeners.add(listenerOf(job), job, run, (facts) => run(facts as unknown as JobFacts));
  }

  /**
   * Stores a job. Jobs of one name and subject run one after another.
   *
   * @param subject what it is about; only its digest is stored
   * @throws CodedException 50301
   */
  async enqueue(job: string, subject: string, facts: JobFacts): Promise<void> {
    const eventId = randomUUID();
    const row = {
      eventId,
      listener: listenerOf(job),
      name: job,
      subject: createHash('sha256').update(subject).digest('hex').slice(0, 36),
      payload: escapedAscii({ ...facts, name: job }),
      createdAt: this.clock.now(),
      attempts: 0,
      availableAt: 0,
      claimedBy: null,
    };
    await this.database.write(
      async (manager) => {
        await this.repository.insert([row], manager);
        return null;
      },
      // It may have been done already: a second one of the client's does no harm.
      () => Promise.resolve(undefined),
      NO_ACCESS,
    );
    this.dispatcher.wake();
  }
}

function listenerOf(job: string): string {
  return `gatehouse:${job}`;
}
