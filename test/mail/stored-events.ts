// Events as the recorder stores them for the mail: the service finds them as it finds those that a crash has left.
import { randomUUID } from 'node:crypto';
import { deriveSecrets } from '../../src/common/crypto/derived-secrets.js';
import { ANONYMOUS, type GatehouseEventName } from '../../src/events/gatehouse-event.js';
import { LINK_LIFETIMES, type LinkPurpose } from '../../src/links/link-purpose.js';
import { LinkTokens } from '../../src/links/link-tokens.js';
import type { TestDatabase } from '../support/database.js';

export interface MailedUser {
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
}

/** Stores an event for the mail and returns its id. */
export async function storeEvent(
  database: TestDatabase,
  name: GatehouseEventName,
  { id: userId, accountId }: MailedUser,
  facts: object = {},
  listeners: readonly string[] = ['gatehouse-mail'],
): Promise<string> {
  const id = randomUUID();
  const event = { id, at: Date.now(), accountId, ...ANONYMOUS, userId, name, ...facts };
  for (const listener of listeners) {
    await database.query(
      `INSERT INTO event_deliveries
        (event_id, listener, name, subject, payload, created_at, attempts, available_at)
        VALUES (?, ?, ?, ?, ?, ?, 0, 0)`,
      [id, listener, name, userId, JSON.stringify(event), event.at],
    );
  }
  return id;
}

/** Stores a link as its room does, and returns its id and token. */
export async function storeLink(
  database: TestDatabase,
  secret: string,
  purpose: LinkPurpose,
  user: MailedUser,
  { address = user.email, expiresAt = Date.now() + LINK_LIFETIMES[purpose] } = {},
): Promise<{ readonly id: string; readonly token: string }> {
  const none: readonly string[] = [];
  const raw = { root: [secret], accessToken: none, refreshToken: none, passwordPepper: none };
  const tokens = new LinkTokens(deriveSecrets(raw).oneTimeLink);
  const bound = { id: randomUUID(), purpose, userId: user.id, address };
  const digest = tokens.digestOf(bound);
  await database.query(
    `INSERT INTO one_time_links (id, created_at, modified_at, purpose, account_id, user_id, address, role, digest,
      created_by, created_by_type, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'owner', ?, 'anonymous', 'anonymous', ?)`,
    [
      bound.id,
      Date.now(),
      Date.now(),
      purpose,
      user.accountId,
      user.id,
      address,
      digest,
      expiresAt,
    ],
  );
  return { id: bound.id, token: tokens.tokenOf({ ...bound, digest }) ?? '' };
}
