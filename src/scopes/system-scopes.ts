/** Our own read scopes, which three roles hold. */
const READ_SCOPES = ['account:read', 'users:read', 'api_keys:read', 'roles:read'] as const;

/** The roles that every account has (contract §6), the most powerful one first. */
export const SYSTEM_ROLES = [
  'owner',
  'admin',
  'iac',
  'standard',
  'read_only',
  'send_only',
] as const;

/**
 * Our own scopes with the names that they include. A role is a scope that can be assigned to a user or an API key
 * (contract §6), so both are in one table.
 */
export const SYSTEM_SCOPES = {
  'account:read': [],
  'account:write': [],
  'account:delete': [],
  'users:read': [],
  'users:write': [],
  'api_keys:read': [],
  'api_keys:write': [],
  'roles:read': [],
  'roles:write': [],
  'audit:read': [],
  'webhooks:read': [],
  'webhooks:write': [],
  send: [],
  send_only: ['send'],
  read_only: READ_SCOPES,
  standard: ['read_only', 'send'],
  iac: [],
  admin: [
    'standard',
    'iac',
    'send_only',
    'account:write',
    'users:write',
    'api_keys:write',
    'roles:write',
    'audit:read',
    'webhooks:read',
    'webhooks:write',
  ],
  owner: ['admin', 'account:delete'],
} as const satisfies Record<string, readonly string[]>;

/** A scope or role of our own. */
export type SystemScope = keyof typeof SYSTEM_SCOPES;
