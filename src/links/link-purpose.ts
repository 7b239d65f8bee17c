/** What a one-time link is for; also the last part of its page's path, `/link/<purpose>`. */
export const LINK_PURPOSES = ['invitation', 'reset', 'verification', 'email_change'] as const;

export type LinkPurpose = (typeof LINK_PURPOSES)[number];

/** Those by which a password is set. */
export const PASSWORD_LINKS = ['invitation', 'reset'] as const satisfies readonly LinkPurpose[];

/** Those that end with a new password: a person who knew the old one may have asked for them. */
export const ENDED_BY_NEW_PASSWORD = [
  ...PASSWORD_LINKS,
  'email_change',
] as const satisfies readonly LinkPurpose[];

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How long each link works, in ms (S-107). */
export const LINK_LIFETIMES: Readonly<Record<LinkPurpose, number>> = {
  invitation: 7 * DAY_MS,
  reset: 60 * MINUTE_MS,
  verification: 3 * DAY_MS,
  email_change: DAY_MS,
};
