import { Injectable } from '@nestjs/common';
import { AccountsService } from '../accounts/accounts.service.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { GatehouseEvent, GatehouseEventMap } from '../events/gatehouse-event.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { canonicalEmail } from '../users/canonical-email.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { LetterFacts, LetterFactsMap, MailKind } from './letters/letter-facts.js';
import type { Occasion } from './letters/letter-writer.js';
import { shownName } from './letters/plain-text.js';

type Happening = Pick<GatehouseEvent, 'id' | 'at'>;
type KindWith<Facts> = {
  [Kind in MailKind]: LetterFactsMap[Kind] extends Facts ? Kind : never;
}[MailKind];
type LinkKind = KindWith<{ link: string }>;
type PlainKind = Exclude<MailKind, LinkKind | 'api_key_leaked'>;

/**
 * Reads what letters are about when they are sent, because an event holds ids only. No letter is written about what has
 * been deleted meanwhile, nor with a link that has been used, has expired or is void.
 */
@Injectable()
export class Occasions {
  constructor(
    private readonly users: UsersService,
    private readonly accounts: AccountsService,
    private readonly apiKeys: ApiKeysService,
    private readonly links: OneTimeLinks,
  ) {}

  /** A letter to the user's own address. */
  async ofUser(
    kind: PlainKind,
    { userId, ...event }: Happening & { readonly userId: string },
  ): Promise<Occasion<PlainKind> | undefined> {
    const user = await this.users.findById(userId);
    const facts = user ? await this.factsOf(user, event) : undefined;
    return user && facts ? { kind, eventId: event.id, to: user.canonicalEmail, facts } : undefined;
  }

  /** A letter to the address that the link is for. */
  async ofLink(
    kind: LinkKind,
    { linkId, ...event }: Happening & { readonly linkId: string },
  ): Promise<Occasion<LinkKind> | undefined> {
    const link = await this.links.findById(linkId);
    const token = link && this.links.tokenOf(link);
    if (!link || token === undefined) return undefined;
    const [user, to] = [await this.users.findById(link.userId), canonicalEmail(link.address)];
    const facts = user && (await this.factsOf(user, event));
    if (!facts || to === undefined) return undefined;
    const url = this.links.urlOf(link, token);
    const expiresAt = new Date(link.expiresAt);
    return { kind, eventId: event.id, to, facts: { ...facts, link: url, expiresAt } };
  }

  /** A letter about an API key, to the owner of its account or to the user who created it, if that is another one. */
  async ofApiKey(
    event: GatehouseEventMap['api_key.leaked'],
    recipient: 'owner' | 'creator',
  ): Promise<Occasion<'api_key_leaked'> | undefined> {
    const { accountId, apiKeyId } = event;
    const [apiKey, owner] = [
      await this.apiKeys.find(accountId, apiKeyId),
      await this.users.findOwner(accountId),
    ];
    if (!apiKey) return undefined;
    const creator = await this.users.findById(apiKey.createdBy);
    const isOther = creator?.accountId === accountId && creator.id !== owner?.id;
    const user = recipient === 'owner' ? owner : isOther ? creator : null;
    const facts = user && (await this.factsOf(user, event));
    if (!facts) return undefined;
    const { name, key } = apiKey;
    return {
      kind: 'api_key_leaked',
      eventId: event.id,
      to: user.canonicalEmail,
      facts: { ...facts, apiKeyId, apiKeyName: shownName(name), apiKey: key },
    };
  }

  private async factsOf(user: User, { at }: Happening): Promise<LetterFacts | undefined> {
    const account = await this.accounts.find(user.accountId);
    if (!account) return undefined;
    return {
      accountId: account.id,
      accountName: shownName(account.name),
      userId: user.id,
      firstName: shownName(user.firstName),
      date: new Date(at),
    };
  }
}
