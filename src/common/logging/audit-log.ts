import { Injectable, Logger } from '@nestjs/common';

/** Something that happened to an account's security, told in ids, never in secrets. */
export interface AuditEvent {
  readonly event:
    | 'sign_in.succeeded'
    | 'sign_in.failed'
    | 'session.refreshed'
    | 'session.refresh_replayed'
    | 'session.reuse_detected'
    | 'session.revoked'
    | 'session.exposed'
    | 'password.changed'
    | 'password.refused'
    | 'account.created'
    | 'account.changed'
    | 'account.deleted'
    | 'owner.changed'
    | 'user.created'
    | 'user.refused'
    | 'user.changed'
    | 'user.deleted'
    | 'role.created'
    | 'role.changed'
    | 'role.deleted'
    | 'api_key.created'
    | 'api_key.rotated'
    | 'api_key.revoked'
    | 'api_key.lapsed'
    | 'api_key.exposed'
    | 'api_key.kept';
  readonly accountId?: string | undefined;
  readonly userId?: string | undefined;
  readonly apiKeyId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Who did it, where that is somebody else. */
  readonly actorId?: string | undefined;
  /** What it was done to. */
  readonly targetId?: string | undefined;
  readonly clientAddress?: string | undefined;
  readonly reason?: string | undefined;
}

/** Where audit events go: one structured log line each. */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');

  record({ event, ...facts }: AuditEvent): void {
    const text = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${quoted(value)}`)
      .join(' ');
    this.logger.log(`${event} ${text}`);
  }
}

/** JSON that is also free of C1 controls, line separators and direction marks, which JSON leaves in (S-150). */
function quoted(value: string): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // An escape of JSON is one code unit, and some of these have two.
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
