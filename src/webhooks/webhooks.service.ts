import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { ActorAuthorization, type Operation } from '../accounts/actor-authorization.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { Database } from '../database/database.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { HostAddresses } from './host-addresses.js';
import { SigningSecrets } from './signing-secrets.js';
import { webhookUrl } from './webhook-url.js';
import { EVERY_EVENT, type Webhook } from './webhook.entity.js';
import { WebhooksRepository, type WebhookValues } from './webhooks.repository.js';

/** Most webhooks of an account. */
const MAX_WEBHOOKS = 10;
/** How long the former secret signs too after a rotation. */
const OVERLAP_MS = 86_400_000;

/** Locks the account exclusively, so that the limit holds and no two rotations replace the same secret. */
const CHANGES_WEBHOOKS: Operation = { needs: ['webhooks:write'], isAboutAccount: true };

export type WebhookChanges = Partial<Pick<Webhook, 'url' | 'events' | 'isActive'>>;

/** A webhook with its signing secret, which is shown this once. */
export interface IssuedWebhook {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** Manages the webhooks of an account. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly repository: WebhooksRepository,
    private readonly secrets: SigningSecrets,
    private readonly addresses: HostAddresses,
    private readonly authorization: ActorAuthorization,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  list({ accountId }: Pick<Actor, 'accountId'>, query: PageQuery): Promise<Page<Webhook>> {
    return this.pages.page(query, ['webhooks', accountId], (after, take) =>
      this.database.read((manager) => this.repository.findPage(accountId, after, take, manager)),
    );
  }

  /** @throws CodedException 40410 */
  async get({ accountId }: Pick<Actor, 'accountId'>, id: string): Promise<Webhook> {
    return found(
      await this.database.read((manager) => this.repository.findOwn(accountId, id, manager)),
    );
  }

  /** @throws CodedException 40001 for the URL, 40103, 40105, 40302, 40902 */
  async create(
    actor: Actor,
    facts: Pick<Webhook, 'url' | 'events' | 'isActive'>,
  ): Promise<IssuedWebhook> {
    const { accountId, id: createdBy } = actor;
    const id = randomUUID();
    const now = this.clock.now();
    const secret = this.secrets.create();
    const webhook: Webhook = {
      id,
      accountId,
      createdBy,
      url: this.urlOf(facts.url),
      events: canonical(facts.events),
      isActive: facts.isActive,
      secret: this.secrets.seal(secret, id),
      previousSecret: null,
      previousValidUntil: null,
      createdAt: now,
      modifiedAt: now,
    };
    await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(actor, CHANGES_WEBHOOKS, manager);
        if ((await this.repository.count(accountId, manager)) >= MAX_WEBHOOKS) {
          throw new CodedException(ERROR.LIMIT_REACHED, { detail: 'webhooks' });
        }
        await this.repository.insert(webhook, manager);
        return true;
      },
      async (manager) => (await this.repository.exists(webhook, manager)) || undefined,
      NO_ACCESS,
      () => [{ name: 'webhook.created', ...by(actor), webhookId: id }],
    );
    return { webhook, secret };
  }

  /** @throws CodedException 40001 for the URL, 40103, 40105, 40302, 40410 */
  change(actor: Actor, id: string, { url, events, isActive }: WebhookChanges): Promise<Webhook> {
    const values = {
      ...(url !== undefined && { url: this.urlOf(url) }),
      ...(events !== undefined && { events: canonical(events) }),
      ...(isActive !== undefined && { isActive }),
    };
    const changed = { name: 'webhook.changed', ...by(actor), webhookId: id } as const;
    return this.update(actor, id, changed, () => values);
  }

  /**
   * Gives a webhook another signing secret. The former one signs too for 24 hours; one before it ends at once.
   *
   * @throws CodedException 40103, 40105, 40302, 40410
   */
  async rotate(actor: Actor, id: string): Promise<IssuedWebhook> {
    const secret = this.secrets.create();
    const sealed = this.secrets.seal(secret, id);
    const rotated = { name: 'webhook.rotated', ...by(actor), webhookId: id } as const;
    const webhook = await this.update(actor, id, rotated, (current) => ({
      secret: sealed,
      previousSecret: current.secret,
      previousValidUntil: this.clock.now() + OVERLAP_MS,
    }));
    return { webhook, secret };
  }

  /**
   * Deletes a webhook with its deliveries.
   *
   * @throws CodedException 40103, 40105, 40302, 40410
   */
  async delete(actor: Actor, id: string): Promise<void> {
    const { accountId } = actor;
    await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(actor, CHANGES_WEBHOOKS, manager);
        await this.repository.delete(await this.find(accountId, id, manager), manager);
        return true;
      },
      async (manager) =>
        (await this.repository.exists({ id, accountId }, manager)) ? undefined : true,
      NO_ACCESS,
      () => [{ name: 'webhook.deleted', ...by(actor), webhookId: id }],
    );
  }

  private update(
    actor: Actor,
    id: string,
    event: NewEvent,
    valuesOf: (current: Webhook) => WebhookValues,
  ): Promise<Webhook> {
    const { accountId } = actor;
    return this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(actor, CHANGES_WEBHOOKS, manager);
        const current = await this.find(accountId, id, manager);
        const values = { ...valuesOf(current), modifiedAt: this.clock.now() };
        await this.repository.update(current, values, manager);
        return { ...current, ...values };
      },
      async (manager, lost) => {
        const present = await this.repository.findOwn(accountId, id, manager);
        const isSame = present?.secret === lost.secret && present.modifiedAt === lost.modifiedAt;
        return isSame ? lost : undefined;
      },
      NO_ACCESS,
      () => [event],
    );
  }

  private async find(accountId: string, id: string, manager: EntityManager): Promise<Webhook> {
    return found(await this.repository.findOwn(accountId, id, manager));
  }

  private urlOf(text: string): string {
    return webhookUrl(text, this.addresses.isAllowed);
  }
}

/** Each name once; beside `*` no other is needed. */
function canonical(events: readonly string[]): readonly string[] {
  return events.includes(EVERY_EVENT) ? [EVERY_EVENT] : [...new Set(events)];
}

function found(webhook: Webhook | null): Webhook {
  if (!webhook) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  return webhook;
}
