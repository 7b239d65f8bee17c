import { Inject, Injectable } from '@nestjs/common';
import { AccountsService } from '../../accounts/accounts.service.js';
import type { ClientFacts } from '../../common/client.decorator.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import type { LinkPurpose } from '../../links/link-purpose.js';
import { OneTimeLinks } from '../../links/one-time-links.js';
import { USERS_OPTIONS, type UsersOptions } from '../../users/users-options.js';
import { EmailAddresses } from '../email-addresses.js';
import { Invitations } from '../invitations.js';
import { PasswordResets } from '../password-resets.js';
import { formPage } from './forms.js';
import type { Html } from './html.js';
import type { LinkForm } from './link-input.js';
import { donePage } from './messages.js';
import { RefusedForm } from './refused-form.exception.js';

const DIFFERENT = 'The two passwords are not the same.';

/**
 * The pages of one-time links. Looking at one changes nothing; only its form uses the link (S-107).
 *
 * Wrong tokens are not limited: of 256 random bits nobody guesses one, and each costs a read by primary key.
 */
@Injectable()
export class LinkPages {
  constructor(
    @Inject(USERS_OPTIONS) private readonly options: UsersOptions,
    private readonly links: OneTimeLinks,
    private readonly accounts: AccountsService,
    private readonly invitations: Invitations,
    private readonly resets: PasswordResets,
    private readonly addresses: EmailAddresses,
  ) {}

  /**
   * The page with the form. Only a client with the token learns account and address.
   *
   * @throws CodedException 40005
   */
  async show(purpose: LinkPurpose, token: string, fault?: string): Promise<Html> {
    const link = await this.links.find(purpose, token);
    const account = link && (await this.accounts.find(link.accountId));
    if (!link || !account) throw new CodedException(ERROR.LINK_INVALID);
    const { address } = link;
    const { minLength } = this.options;
    return formPage({ purpose, token, address, accountName: account.name, minLength, fault });
  }

  /**
   * Sets the password of an invitation or a reset.
   *
   * @throws CodedException 40005, 42901, and {@link RefusedForm} for a password that is not accepted, which leaves the
   *   link as it is
   */
  async setPassword(
    purpose: 'invitation' | 'reset',
    { token, password, passwordAgain }: LinkForm,
    client: ClientFacts,
  ): Promise<Html> {
    if (password !== passwordAgain)
      throw new RefusedForm(await this.show(purpose, token, DIFFERENT));
    try {
      if (purpose === 'invitation') await this.invitations.accept(token, password, client);
      else await this.resets.confirm(token, password, client);
    } catch (refusal) {
      const fault = faultOf(refusal);
      if (fault === undefined) throw refusal;
      throw new RefusedForm(await this.show(purpose, token, fault), refusal as CodedException);
    }
    return donePage(purpose);
  }

  /**
   * Confirms the address of a verification or a change.
   *
   * @throws CodedException 40005
   */
  async confirm(
    purpose: 'verification' | 'email_change',
    { token }: LinkForm,
    client: ClientFacts,
  ): Promise<Html> {
    await this.addresses.confirm(token, client, [purpose]);
    return donePage(purpose);
  }
}

/** What is wrong with the entered password, in the words of the password policy. */
function faultOf(refusal: unknown): string | undefined {
  if (!(refusal instanceof CodedException) || refusal.entry !== ERROR.REQUEST_INVALID)
    return undefined;
  return refusal.errors?.map(({ message }) => message).join(' ') ?? refusal.entry.message;
}
