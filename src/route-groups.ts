import type { Type } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { StartError } from './common/errors/start.error.js';
import type { GatehouseSetup, RouteSwitches } from './gatehouse-options.js';
import type { LinkPurpose } from './links/link-purpose.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import type { RoomOptions } from './room-options.js';
import { UsersModule } from './users/users.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The module that brings each group of routes; `undefined` for a group that only a switch mounts. */
const GROUPS: Readonly<Record<keyof RouteSwitches, Type | undefined>> = {
  authentication: AuthModule,
  jwks: AuthModule,
  scopes: AuthModule,
  sessions: AuthModule,
  account: AccountsModule,
  accountExport: AccountsModule,
  audit: AuditModule,
  roles: AccountsModule,
  signUp: UsersModule,
  ownership: UsersModule,
  ownUser: UsersModule,
  email: RecoveryModule,
  users: UsersModule,
  invitations: RecoveryModule,
  passwordResets: RecoveryModule,
  apiKeys: ApiKeysModule,
  webhooks: WebhooksModule,
  links: RecoveryModule,
  leakedApiKeys: ApiKeysModule,
  health: undefined,
};

const MODULES: ReadonlySet<Type | undefined> = new Set(Object.values(GROUPS));

/**
 * Tells which groups of routes to mount.
 *
 * @throws StartError for an unknown module or group
 */
export function mountedGroups({ modules, routes = {} }: GatehouseSetup): (name: string) => boolean {
  const unknownModule = modules?.find((module) => !MODULES.has(module));
  if (unknownModule)
    throw new StartError(`GatehouseModule: ${unknownModule.name} is no module of Gatehouse`);
  const switches: Readonly<Record<string, boolean | undefined>> =
    routes === false ? {} : { ...routes };
  const unknown = Object.keys(switches).find((name) => !Object.hasOwn(GROUPS, name));
  if (unknown !== undefined) {
    throw new StartError(`GatehouseModule: option routes knows no ${unknown}`);
  }
  return (name) => {
    if (!Object.hasOwn(GROUPS, name)) throw new Error(`no group of routes is called ${name}`);
    if (routes === false) return false;
    const module = GROUPS[name as keyof RouteSwitches];
    const isChosen = module !== undefined && (modules?.includes(module) ?? true);
    // A group without a module is off unless the host switches it on.
    return module === undefined ? switches[name] === true : isChosen && switches[name] !== false;
  };
}

/** The option of a host's own page, and the groups of routes that cause letters with a link to it. */
const LETTERS: readonly (readonly [
  purpose: LinkPurpose,
  option: string,
  causes: (keyof RouteSwitches)[],
])[] = [
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
