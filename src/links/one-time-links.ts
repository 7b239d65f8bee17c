import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import { LINK_LIFETIMES, LINK_PURPOSES, type LinkPurpose } from './link-purpose.js';
import { idInToken, LinkTokens, matches } from './link-tokens.js';
import { LINKS_OPTIONS, type LinksOptions } from './links-options.js';
import type { OneTimeLink } from './one-time-link.entity.js';
import { OneTimeLinksRepository } from './one-time-links.repository.js';

/** Open links of one user and purpose; a further one ends the oldest. */
const MAX_OPEN = 3;

/** The user that a link is for, and the actor that makes it. */
export type NewLink = Pick<
  OneTimeLink,
  'purpose' | 'accountId' | 'userId' | 'address' | 'role' | 'createdBy' | 'createdByType'
>;

/**
 * Links that work once, for one purpose and one user, within a stated time (S-107). What a link opens is decided by the
 * room that asked for it.
 */
@Injectable()
export class OneTimeLinks {
  private readonly tokens: LinkTokens;

  constructor(
    @Inject(LINKS_OPTIONS) private readonly options: LinksOptions,
    private readonly repository: OneTimeLinksRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.tokens = new LinkTokens(options.keys);
  }

  /**
   * Makes a link before its transaction, so that a repeated transaction stores the same one.
   *
   * @param id of a job, which makes the same link if it is done twice
   */
  prepare(facts: NewLink, id: string = randomUUID()): OneTimeLink {
    const now = this.clock.now();
    const bound = { id, ...facts };
    return {
      ...bound,
      digest: this.tokens.digestOf(bound),
      createdAt: now,
      modifiedAt: now,
      expiresAt: now + LINK_LIFETIMES[facts.purpose],
    };
  }

  /** Stores a prepared link of a user who was created in the same transaction. */
  addFirst(link: OneTimeLink, manager: EntityManager): Promise<void> {
    return this.repository.insert(link, manager);
  }

  /** Stores a prepared link, in the transaction that has locked its user. */
  async add(link: OneTimeLink, manager: EntityManager): Promise<void> {
    const open = await this.repository.findOfUser(link.userId, link.purpose, manager);
    for (const { id } of open.slice(MAX_OPEN - 1)) await this.repository.delete(id, manager);
    await this.repository.insert(link, manager);
  }

  /** The open link of a token, for this purpose only. It changes nothing: looking at a link does not use it. */
  async find(purpose: LinkPurpose, token: string): Promise<OneTimeLink | undefined> {
    const id = idInToken(token);
    const link = id === undefined ? undefined : await this.findById(id);
    return link?.purpose === purpose && matches(token, link) ? link : undefined;
  }

  /** An open link, such as one that an event names. */
  findById(id: string): Promise<OneTimeLink | undefined> {
    return this.database.read((manager) => this.findIn(id, manager));
  }

  /** As {@link findById}, in a transaction of ours. */
  async findIn(id: string, manager: EntityManager): Promise<OneTimeLink | undefined> {
    const link = await this.repository.find(id, manager);
    return link && link.expiresAt > this.clock.now() ? link : undefined;
  }

  /** @returns whether this call has used it: of several at once one gets `true` (S-108) */
  consume({ id }: Pick<OneTimeLink, 'id'>, manager: EntityManager): Promise<boolean> {
    return this.repository.delete(id, manager);
  }

  /** Ends the open links of a user; without `purposes` all of them. */
  async voidAll(
    userId: string,
    manager: EntityManager,
    purposes: readonly LinkPurpose[] = LINK_PURPOSES,
  ): Promise<void> {
    await this.repository.deleteOfUser(userId, purposes, manager);
  }

  /** The token of a link; `undefined` after the key that derived it was removed. */
  tokenOf(link: OneTimeLink): string | undefined {
    return this.tokens.tokenOf(link);
  }

  /**
   * The address of the page that takes a token: the host's own or ours, never built from the request (S-111). Without a
   * `PUBLIC_URL` it is relative.
   */
  urlOf({ purpose }: Pick<OneTimeLink, 'purpose'>, token: string): string {
    const { pages, publicUrl = '', routePrefix } = this.options;
    const prefix = routePrefix === '' ? '' : `/${routePrefix}`;
    return withToken(pages[purpose] ?? `${publicUrl}${prefix}/link/${purpose}`, token);
  }
}

/** A page of a host may have a query of its own, or its path behind the `#`, which the token then stands behind too. */
function withToken(url: string, token: string): string {
  const route = url.slice(url.indexOf('#') + 1);
  return `${url}${route.includes('?') ? '&' : '?'}token=${token}`;
}
