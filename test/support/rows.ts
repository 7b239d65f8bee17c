import type { Account } from '../../src/accounts/account.entity.js';
import type { User } from '../../src/users/user.entity.js';

export const SESSION_LIFETIME_MS = 30 * 86_400_000;

export function accountRow(now: number): Account {
  return {
    id: crypto.randomUUID(),
    name: 'Bench Ltd',
    country: 'GBR',
    planId: null,
    isActive: true,
    isVerified: true,
    createdAt: now,
    modifiedAt: now,
  };
}

export function userRow(account: Account, index: number, passwordHash: string, now: number): User {
  const emailAddress = `user${index}@bench.example`;
  return {
    id: crypto.randomUUID(),
    accountId: account.id,
    emailAddress,
    canonicalEmail: emailAddress,
    firstName: 'Ada',
    surname: `Lovelace ${index}`,
    passwordHash,
    role: 'standard',
    isActive: true,
    isVerified: true,
    lastSignInAt: now,
    createdAt: now,
    modifiedAt: now,
  };
}
