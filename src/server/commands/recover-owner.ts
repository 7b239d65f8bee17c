import { SYSTEM } from '../../events/gatehouse-event.js';
import { ShownLinks } from '../../recovery/shown-links.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { RefusedCommand, type Command } from './command.js';
import { withIdleApp } from './idle-app.js';

/** Lets the owner of an account back in who has lost the password, where no mail can be sent (S-13). */
export const recoverOwner: Command = {
  name: 'recover-owner',
  argument: 'ADDRESS',
  summary: 'prints a link by which the owner with that address sets a new password',
  description: [
    'Prints a link by which the owner of an account sets a new password. ADDRESS is the address that the owner signs in with.',
    'The link works once, within an hour. Until then the old password, sessions and API keys stay as they are.',
    'That a link was made is in the audit trail of the account.',
  ].join('\n'),

  run: (address) =>
    withIdleApp(async (app) => {
      const user = await app.get(UsersService, { strict: false }).findByEmail(address);
      const owner = assertOwner(user, address);
      const links = app.get(ShownLinks, { strict: false });
      const { url, expiresAt } = await links.create('reset', owner.id, SYSTEM);
      const isRelative = url.startsWith('/');
      return [
        `The owner of account "${owner.account?.name ?? ''}" (${owner.accountId}) sets a new password at`,
        '',
        `  ${url}`,
        '',
        ...(isRelative ? ['PUBLIC_URL is not set: put the address of the service before it.'] : []),
        `It works once, until ${new Date(expiresAt).toISOString()}, and is shown this once. It ends all sessions of the owner.`,
      ].join('\n');
    }),
};

function assertOwner(user: User | null, address: string): User {
  if (!user) throw new RefusedCommand(`no user has the address ${address}`);
  const account = `account "${user.account?.name ?? ''}" (${user.accountId})`;
  if (user.role !== 'owner') {
    throw new RefusedCommand(
      `${address} is the address of a user with the role ${user.role} in ${account}, and not of its owner: the owner or an admin can send that user a link`,
    );
  }
  if (!user.isActive || !user.account?.isActive) {
    throw new RefusedCommand(
      `${address} is the address of the owner of ${account}, which is not active`,
    );
  }
  return user;
}
