import { ERROR, type ErrorEntry } from '../../common/errors/error-codes.js';
import type { LinkPurpose } from '../../links/link-purpose.js';
import { html, type Html } from './html.js';
import { page } from './page.js';

const DONE: Readonly<Record<LinkPurpose, readonly [title: string, text: string]>> = {
  invitation: ['Your password is set', 'You can sign in with it now, and close this page.'],
  reset: [
    'Your password is changed',
    'You are signed out everywhere. Sign in with the new password; you can close this page.',
  ],
  verification: ['Your email address is confirmed', 'Thank you. You can close this page.'],
  email_change: [
    'Your email address is changed',
    'Sign in with the new address from now on. You can close this page.',
  ],
};

/** The page after the act. */
export function donePage(purpose: LinkPurpose): Html {
  const [title, text] = DONE[purpose];
  return page(title, html`<p>${text}</p>`);
}

const ANOTHER: Readonly<Record<LinkPurpose, string>> = {
  invitation: 'Ask the person who invited you for a new one.',
  reset: 'Ask for a new one where you sign in.',
  verification: 'If your address is not confirmed yet, ask for a new one where you are signed in.',
  email_change: 'If your address is not changed yet, ask for the change again.',
};

const AGAIN = 'The link still works: wait a moment, go back and try again.';

/** The page of a refusal, in the words of the catalogue. @param requestId shown where the operator must look for the cause */
export function refusalPage(
  { code, status, message }: ErrorEntry,
  purpose: LinkPurpose | undefined,
  requestId: string,
): Html {
  if (code === ERROR.LINK_INVALID.code) {
    const another = purpose === undefined ? undefined : html`<p>${ANOTHER[purpose]}</p>`;
    return page(
      message,
      html`<p>Each link works once, and only for a limited time.</p>
        ${another}`,
    );
  }
  const isPassing = status === 429 || status === 503;
  const help = isPassing ? AGAIN : 'Open the link again and try once more.';
  const number =
    status === 500 ? html`<p>For the operator: request <bdi>${requestId}</bdi></p>` : undefined;
  return page(
    message,
    html`<p>${help}</p>
      ${number}`,
  );
}
