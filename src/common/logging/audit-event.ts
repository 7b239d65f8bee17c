/** Something that happened to an account's security, told in ids, never in secrets. */
export interface AuditEvent {
  readonly event:
    | 'sign_in.succeeded'
    | 'sign_in.failed'
    | 'session.refreshed'
    | 'session.refresh_replayed'
    | 'session.reuse_suspected'
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
