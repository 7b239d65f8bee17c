import type { LetterTemplates, LinkLetterFacts } from './letter-facts.js';

const TIME = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

/** The letters without templates of a host. Subjects hold no text of a user. */
export const ENGLISH_LETTERS: LetterTemplates = {
  address_in_use: ({ firstName }) => ({
    subject: 'You have an account already',
    text: paragraphs(
      `Hello ${firstName},`,
      'Somebody, perhaps you, tried to open an account with this address. It has one already, and nothing was changed.',
      'If it was you, sign in, or ask for a new password. If it was not, there is nothing to do.',
    ),
  }),
  email_verification: (facts) => ({
    subject: 'Confirm your address',
    text: paragraphs(
      `Hello ${facts.firstName},`,
      'Please confirm that this is your e-mail address:',
      facts.link,
      `${validity(facts)} If you did not open an account, ignore this letter.`,
    ),
    action: 'Confirm the address',
  }),
  invitation: (facts) => ({
    subject: 'You are invited',
    text: paragraphs(
      `Hello ${facts.firstName},`,
      `You are invited to the account ${facts.accountName}. Choose a password to sign in:`,
      facts.link,
      `${validity(facts)} If you do not expect an invitation, ignore this letter.`,
    ),
    action: 'Choose a password',
  }),
  password_reset: (facts) => ({
    subject: 'Choose a new password',
    text: paragraphs(
      `Hello ${facts.firstName},`,
      'Somebody, perhaps you, asked for a new password for your account. Choose it here:',
      facts.link,
      `${validity(facts)} If you did not ask for it, ignore this letter: your password stays as it is.`,
    ),
    action: 'Choose a new password',
  }),
  email_change: (facts) => ({
    subject: 'Confirm your new address',
    text: paragraphs(
      `Hello ${facts.firstName},`,
      'Confirm that your account shall have this e-mail address from now on:',
      facts.link,
      `${validity(facts)} If you did not ask for it, ignore this letter: nothing changes.`,
    ),
    action: 'Confirm the new address',
  }),
  email_change_notice: ({ firstName, date }) => ({
    subject: 'Your address is about to change',
    text: paragraphs(
      `Hello ${firstName},`,
      `On ${time(date)} somebody who knows your password asked to give your account another e-mail address. It changes as soon as the new address is confirmed.`,
      'If it was not you, sign in now, change your password and end all sessions.',
    ),
  }),
  new_sign_in: ({ firstName, date }) => ({
    subject: 'A new sign-in',
    text: paragraphs(
      `Hello ${firstName},`,
      `On ${time(date)} your account was signed in to from a network from which you have not signed in lately.`,
      'If it was you, there is nothing to do. If it was not, change your password, which ends all other sessions.',
    ),
  }),
  password_changed: ({ firstName, date }) => ({
    subject: 'Your password was changed',
    text: paragraphs(
      `Hello ${firstName},`,
      `The password of your account was changed on ${time(date)}.`,
      'If it was you, there is nothing to do. If it was not, ask for a new password at once.',
    ),
  }),
  api_key_leaked: ({ firstName, accountName, apiKeyName, apiKey, date }) => ({
    subject: 'An API key was found in public',
    text: paragraphs(
      `Hello ${firstName},`,
      `On ${time(date)} a secret of the API key ${apiKey} (${apiKeyName}) of the account ${accountName} was reported as leaked. That secret works no longer.`,
      'Remove it from the place where it was found, look at what it was used for, and give the programs that need it a new one.',
    ),
  }),
};

function paragraphs(...texts: readonly string[]): string {
  return texts.join('\n\n');
}

function validity({ expiresAt }: LinkLetterFacts): string {
  return `The link works once, until ${time(expiresAt)}.`;
}

function time(date: Date): string {
  return `${TIME.format(date)} UTC`;
}
