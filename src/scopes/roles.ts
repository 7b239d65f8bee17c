/** Every read scope, named once: three roles hold them. */
const READ_SCOPES = ['account:read', 'users:read', 'api_keys:read', 'roles:read'] as const;

/**
 * Scopes and what they include. A role is a scope that can be given to a user or an API key
 * (contract §6), so both stand in one table.
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
  ],
  owner: ['admin', 'account:delete'],
} as const satisfies Record<string, readonly string[]>;

/** A scope that the application knows; a misspelt one does not compile. */
export type Scope = keyof typeof SYSTEM_SCOPES;
