import type { LinkPurpose } from '../../links/link-purpose.js';
import { html, type Html } from './html.js';
import { page } from './page.js';

/** What a form shows and sends. */
export interface FormFacts {
  readonly purpose: LinkPurpose;
  readonly token: string;
  /** The address that the link is for. */
  readonly address: string;
  readonly accountName: string;
  /** Shortest new password, in characters. */
  readonly minLength: number;
  /** Why the form is shown again. */
  readonly fault?: string | undefined;
}

/** The page of a link that still works. Only its form uses the link, because scanners of mail open every link. */
export function formPage(facts: FormFacts): Html {
  return FORMS[facts.purpose](facts);
}

const FORMS: Readonly<Record<LinkPurpose, (facts: FormFacts) => Html>> = {
  invitation: (facts) =>
    page(
      'Choose your password',
      html`<p>You are invited to <bdi>${facts.accountName}</bdi>.</p>
        ${passwordForm(facts)}`,
    ),
  reset: (facts) =>
    page(
      'Choose a new password',
      html`<p>
          For your sign-in at <bdi>${facts.accountName}</bdi>. You are then signed out on all
          devices.
        </p>
        ${passwordForm(facts)}`,
    ),
  verification: (facts) =>
    page(
      'Confirm your email address',
      html`<p>
          Is <strong><bdi>${facts.address}</bdi></strong> your address? It is confirmed for the
          account <bdi>${facts.accountName}</bdi>.
        </p>
        <p>If you did not open this account and were not invited to it, close this page.</p>
        ${confirmForm(facts, 'Confirm address')}`,
    ),
  email_change: (facts) =>
    page(
      'Confirm your new email address',
      html`<p>
          You will sign in at <bdi>${facts.accountName}</bdi> with
          <strong><bdi>${facts.address}</bdi></strong> in place of your present address.
        </p>
        <p>If you did not ask for this, close this page.</p>
        ${confirmForm(facts, 'Use this address')}`,
    ),
};

function passwordForm({ purpose, token, address, minLength, fault }: FormFacts): Html {
  const invalid = fault === undefined ? undefined : html` aria-invalid="true"`;
  const described = fault === undefined ? 'hint' : 'fault hint';
  return html`${fault === undefined ? undefined : html`<p class="fault" id="fault" role="alert">${fault}</p>`}
    <form method="post" action="${purpose}">
      <input type="hidden" name="token" value="${token}" />
      <label for="address">Email address</label>
      <input id="address" type="email" value="${address}" autocomplete="username" readonly />
      <label for="password">New password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="new-password"
        required
        minlength="${minLength}"
        aria-describedby="${described}"
        ${invalid}
      />
      <p class="hint" id="hint">
        At least ${minLength} characters. Four or five words that do not belong together are good
        and easy to remember.
      </p>
      <label for="again">The same password again</label>
      <input
        id="again"
        name="password_again"
        type="password"
        autocomplete="new-password"
        required
      />
      <button>Set password</button>
    </form>`;
}

function confirmForm({ purpose, token }: FormFacts, action: string): Html {
  return html` <form method="post" action="${purpose}">
    <input type="hidden" name="token" value="${token}" />
    <button>${action}</button>
  </form>`;
}
