import { SYSTEM } from '../../events/gatehouse-event.js';
import { ShownLinks } from '../../recovery/shown-links.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { RefusedCommand } from './command.js';
import { withIdleApp } from './idle-app.js';

/**
 * Makes a link by which the owner with an address sets a new password.
 *
 * @returns what to print
 * @throws RefusedCommand for an address of nobody or of another user, or an owner who is not active
 */
export function ownerLink(address: string): Promise<string> {
  return withIdleApp(async (app) => {
    const users = app.get(UsersService, { strict: false });
    const owner = assertOwner(await users.findByEmail(address), address);
    const links = app.get(ShownLinks, { strict: false });
    const { url, expiresAt } = await links.create('reset', owner.id, SYSTEM);
    const isRelative = url.startsWith('/');
    return [
      `The owner of ${accountOf(owner)} sets a new password at`,
      '',
      `  ${url}`,
      '',
      ...(isRelative ? ['PUBLIC_URL is not set: put the address of the service before it.'] : []),
      `It works once, until ${new Date(expiresAt).toISOString()}, and ends all sessions of the owner. It is shown this once.`,
    ].join('\n');
  });
}

function assertOwner(user: User | null, address: string): User {
  if (!user) throw new RefusedCommand(`no user has the address ${address}`);
  const { role } = user;
  if (role !== 'owner') {
    throw new RefusedCommand(
      `${address} is the address of a user with the role ${role} in ${accountOf(user)}, and not of its owner, who can invite this user again`,
    );
  }
  if (!user.isActive || !user.account?.isActive) {
    throw new RefusedCommand(
      `${address} is the owner's of ${accountOf(user)}, which is not active`,
    );
  }
  return user;
}

function accountOf({ account, accountId }: User): string {
  return `account "${account?.name ?? ''}" (${accountId})`;
}
