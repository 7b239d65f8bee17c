import { Injectable } from '@nestjs/common';
import { In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { given } from '../database/given.js';
import { presentRows } from '../database/locking.js';
import { newestFirst } from '../database/newest-first.js';
import { Webhook } from './webhook.entity.js';

export type WebhookValues = Partial<
  Pick<
    Webhook,
    | 'url'
    | 'events'
    | 'isActive'
    | 'secret'
    | 'previousSecret'
    | 'previousValidUntil'
    | 'modifiedAt'
  >
>;

@Injectable()
export class WebhooksRepository {
  async insert(webhook: Omit<Webhook, 'account'>, manager: EntityManager): Promise<void> {
    await manager.insert(Webhook, webhook);
  }

  /** Newest first. */
  findPage(
    accountId: string,
    after: Position | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<Webhook[]> {
    const query = manager
      .createQueryBuilder(Webhook, 'webhook')
      .where('webhook.accountId = :accountId', { accountId });
    return newestFirst(query, after, take).getMany();
  }

  /** The ids of the webhooks of an account, sorted. */
  async findIds(accountId: string, manager: EntityManager): Promise<readonly string[]> {
    const rows = await manager.find(Webhook, { select: { id: true }, where: given({ accountId }) });
    return rows.map(({ id }) => id).toSorted();
  }

  /** A webhook of the account, with its secrets. */
  findOwn(accountId: string, id: string, manager: EntityManager): Promise<Webhook | null> {
    return withSecrets(manager)
      .where('webhook.accountId = :accountId AND webhook.id = :id', { accountId, id })
      .getOne();
  }

  count(accountId: string, manager: EntityManager): Promise<number> {
    return manager.countBy(Webhook, given({ accountId }));
  }

  /** The active ones of these accounts, as they are now: one that was created a moment ago misses no event. */
  findActive(
    accountIds: readonly string[],
    manager: EntityManager,
  ): Promise<Pick<Webhook, 'id' | 'accountId' | 'events'>[]> {
    const query = manager
      .createQueryBuilder(Webhook, 'webhook')
      .select(['webhook.id', 'webhook.accountId', 'webhook.events'])
      .where('webhook.accountId IN (:...accountIds)', { accountIds })
      .andWhere('webhook.isActive = :isActive', { isActive: true });
    return presentRows(query, manager).getMany();
  }

  /** Those of the webhooks that exist, with their secrets. */
  findMany(ids: readonly string[], manager: EntityManager): Promise<Webhook[]> {
    return withSecrets(manager)
      .where({ id: In([...ids]) })
      .getMany();
  }

  /** Webhooks with a secret that another key than the present one encrypts. */
  findSealedOtherwise(prefix: string, take: number, manager: EntityManager): Promise<Webhook[]> {
    return withSecrets(manager)
      .where('webhook.secret NOT LIKE :form', { form: `${prefix}%` })
      .orWhere('webhook.previousSecret NOT LIKE :form')
      .orderBy('webhook.id')
      .limit(take)
      .getMany();
  }

  async update(
    { id, accountId }: Pick<Webhook, 'id' | 'accountId'>,
    values: WebhookValues,
    manager: EntityManager,
  ): Promise<void> {
    await manager.update(Webhook, given({ id, accountId }), values);
  }

  /** Replaces ciphertexts, unless a rotation has replaced the secrets. */
  async reseal(
    { id, secret }: Pick<Webhook, 'id' | 'secret'>,
    values: Pick<Webhook, 'secret' | 'previousSecret'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.update(Webhook, given({ id, secret }), values);
  }

  /** @returns whether it was active and had the URL */
  async deactivate(
    { id, url }: Pick<Webhook, 'id' | 'url'>,
    modifiedAt: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const values = { isActive: false, modifiedAt };
    const { affected } = await manager.update(Webhook, given({ id, url, isActive: true }), values);
    return affected === 1;
  }

  async delete(
    { id, accountId }: Pick<Webhook, 'id' | 'accountId'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.delete(Webhook, given({ id, accountId }));
  }

  exists(
    { id, accountId }: Pick<Webhook, 'id' | 'accountId'>,
    manager: EntityManager,
  ): Promise<boolean> {
    return manager.existsBy(Webhook, given({ id, accountId }));
  }
}

function withSecrets(manager: EntityManager): SelectQueryBuilder<Webhook> {
  return manager
    .createQueryBuilder(Webhook, 'webhook')
    .addSelect(['webhook.secret', 'webhook.previousSecret']);
}
