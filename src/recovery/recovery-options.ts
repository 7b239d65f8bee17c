/** Options of the room. */
export interface RecoveryOptions {
  /** Whether mail is configured, so that a link reaches its user without passing through anybody's hands. */
  readonly sendsMail: boolean;
}

export const RECOVERY_OPTIONS = Symbol('gatehouse:recovery-options');
