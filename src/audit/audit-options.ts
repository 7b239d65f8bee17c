/** Options of the audit trail. */
export interface AuditOptions {
  /** How long rows stay. */
  readonly retentionMs: number;
  /** Names of the settings that are not the default, for the event of the start. */
  readonly changedSettings: readonly string[];
}

export const AUDIT_OPTIONS = Symbol('gatehouse:audit-options');
