import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import type { Origin } from '../common/transport/request-facts.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { ANONYMOUS, APPLICATION, type NewEvent } from '../events/gatehouse-event.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { parseApiKey, secretDigest } from './api-key-format.js';
import { apiKeyFault, isSecretOf } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** The public half of no key, and the id of none. */
const NOTHING = '';

/** What a report ended: the whole key, only the secret before its last rotation, or nothing. */
type Ended = 'key' | 'former_secret' | 'nothing';

type Reporter = Pick<NewEvent, 'actorId' | 'actorType' | 'clientAddress' | 'requestId'>;

/** Ends API keys that were found where they do not belong (contract §7, S-215). */
@Injectable()
export class LeakedApiKeys {
  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly sessions: SessionsService,
    private readonly limits: ActionLimits,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /**
   * Ends a live key for anybody who has it, and tells the caller nothing.
   *
   * A key that is unknown, dead or malformed costs the same statements as every other such key. A live one has the rows
   * of its event in place of a counter of the audit trail. No caller can measure that twice, because the first report
   * ends the key.
   *
   * @param text `key.secret`, as it was found
   * @throws CodedException 42901 once the network has sent too many reports (S-33), 50301
   */
  async report(text: string, { clientAddress, requestId }: Origin): Promise<void> {
    await this.limits.count('leak_report', { network: clientAddress });
    const reporter = { ...ANONYMOUS, clientAddress, requestId };
    if ((await this.end(text, reporter)) !== 'nothing') return;
    const reason = 'no live API key';
    await this.events.report({ name: 'api_key.leak_unfounded', ...reporter, reason });
  }

  /**
   * Ends a live key that the application has found.
   *
   * @returns whether the text was a live key, or a former secret within its overlap
   * @throws CodedException 50301
   */
  async reportFor(text: string, within?: EntityManager): Promise<boolean> {
    return (await this.end(text, APPLICATION, within)) !== 'nothing';
  }

  private async end(text: string, reporter: Reporter, within?: EntityManager): Promise<Ended> {
    const parts = parseApiKey(text.trim());
    const digest = secretDigest(parts?.secret ?? text);
    const known = await this.database.read(
      (manager) => this.repository.byKey.findOne(manager, parts?.key ?? NOTHING),
      within,
    );
    const now = this.clock.now();
    const isLive = known !== null && apiKeyFault(known, now) === undefined;
    const leaked = isLive && isSecretOf(known, digest, now) ? known : undefined;
    return this.endSecret(leaked, digest, now, reporter, within);
  }

  /** Runs every statement for `undefined` too, so that nobody can tell a live key by the time of the answer. */
  private endSecret(
    leaked: Pick<ApiKey, 'id' | 'accountId'> | undefined,
    digest: string,
    now: number,
    reporter: Reporter,
    within: EntityManager | undefined,
  ): Promise<Ended> {
    const id = leaked?.id ?? NOTHING;
    return this.database.transaction<Ended>(
      async (manager) => {
        // Conditional, because a rotation or a revocation may have come first.
        const isRevoked = await this.repository.revokeBySecret(id, digest, now, manager);
        const isFormer = await this.repository.endFormerSecret(id, digest, now, manager);
        const owner = { type: 'api_key', id: isRevoked ? id : NOTHING } as const;
        await this.sessions.endAll(owner, manager);
        if (isRevoked) return 'key';
        return isFormer ? 'former_secret' : 'nothing';
      },
      async (manager, lost) => {
        if (!leaked || lost === 'nothing') return lost;
        const stored = await this.repository.findOwn(leaked.accountId, id, manager);
        return stored?.modifiedAt === now ? lost : undefined;
      },
      leaked ? [id] : NO_ACCESS,
      (ended) => (leaked && ended !== 'nothing' ? [leakedEvent(leaked, ended, reporter)] : []),
      within,
    );
  }
}

function leakedEvent(
  { id: apiKeyId, accountId }: Pick<ApiKey, 'id' | 'accountId'>,
  ended: Exclude<Ended, 'nothing'>,
  reporter: Reporter,
): NewEvent<'api_key.leaked'> {
  const isRevoked = ended === 'key';
  const reason = isRevoked ? undefined : 'only the secret before the last rotation';
  return { name: 'api_key.leaked', accountId, ...reporter, apiKeyId, isRevoked, reason };
}
