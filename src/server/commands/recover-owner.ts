import type { Command } from './command.js';

/** Lets the owner of an account back in who has lost the password, where no mail can be sent. */
export const recoverOwner: Command = {
  name: 'recover-owner',
  argument: 'ADDRESS',
  summary: 'prints a link by which the owner with that address sets a new password',
  description: [
    'Prints a link by which the owner of an account sets a new password. ADDRESS is the address that the owner signs in with.',
    'The link works once, within an hour. Until then the old password, sessions and API keys stay as they are.',
    'That a link was made is in the audit trail of the account.',
  ].join('\n'),

  async run(address) {
    // Loads the application, which a look at the usage does without.
    const { ownerLink } = await import('./owner-link.js');
    return ownerLink(address);
  },
};
