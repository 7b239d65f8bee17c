import { StartError } from './common/errors/start.error.js';
import type { LinkPurpose } from './links/link-purpose.js';
import type { RoomOptions } from './room-options.js';

/** The option of a host's own page, and the groups of routes that cause letters with a link to it. */
const LETTERS: readonly (readonly [purpose: LinkPurpose, option: string, causes: string[]])[] = [
  ['invitation', 'links.invitation', ['users', 'invitations']],
  ['reset', 'links.reset', ['passwordResets']],
  ['verification', 'links.verification', ['signUp', 'email']],
  ['email_change', 'links.emailChange', ['email']],
];

/**
 * Checks that letters hold no link to a page of ours that is not mounted, such as where `modules` leaves
 * `RecoveryModule` out.
 *
 * @throws StartError naming the first page that is missing
 */
export function assertLinkPages(
  { mail, links }: Pick<RoomOptions, 'mail' | 'links'>,
  mounts: (group: string) => boolean,
): void {
  if (mail.mailer === null || mounts('links')) return;
  for (const [purpose, option, causes] of LETTERS) {
    const cause = causes.find((group) => mounts(group));
    if (cause === undefined || links.pages[purpose] !== undefined) continue;
    throw new StartError(
      `GatehouseModule: option ${option} is missing: the routes ${cause} send letters with a link, and our pages for links are switched off`,
    );
  }
}
