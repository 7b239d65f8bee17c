/**
 * What is wrong with a row or chain of the audit trail.
 *
 * @public
 */
export type AuditFaultKind = 'edited' | 'inserted' | 'missing' | 'moved' | 'head' | 'anchor';

/**
 * A fault of the audit trail.
 *
 * @public
 */
export interface AuditFault {
  readonly kind: AuditFaultKind;
  /** `null` for rows without an account, and for a fault of the whole trail. */
  readonly accountId: string | null;
  /** Id of the row, where it is known. */
  readonly auditId: string | null;
  /** The fault in a sentence. */
  readonly message: string;
}

/**
 * The result of a verification of the audit trail.
 *
 * @public
 */
export interface AuditVerification {
  /** Whether no fault was found, and every row could be checked. */
  readonly isIntact: boolean;
  /** How many rows are sealed and unchanged. */
  readonly sealed: number;
  /** How many rows are unchanged and wait for their seal. */
  readonly waiting: number;
  /** How many rows could not be checked, by the id of the key that is not set any more. */
  readonly unchecked: Readonly<Record<string, number>>;
  readonly faultCount: number;
  /** The first faults, at most 1000. */
  readonly faults: readonly AuditFault[];
}

/** Most faults that are kept: a trail of millions of rows may consist of them. */
const MAX_FAULTS = 1000;

/** Collects the findings of a verification. */
export class Findings {
  sealed = 0;
  waiting = 0;
  faultCount = 0;
  readonly faults: AuditFault[] = [];
  private readonly uncheckedByKey = new Map<string, number>();

  fault(
    kind: AuditFaultKind,
    accountId: string | null,
    message: string,
    auditId: string | null = null,
  ): void {
    this.faultCount++;
    if (this.faults.length >= MAX_FAULTS) return;
    this.faults.push({ kind, accountId: accountId === '' ? null : accountId, auditId, message });
  }

  /** @param rows 0 for an end of a chain */
  unchecked(keyId: string, rows = 1): void {
    this.uncheckedByKey.set(keyId, (this.uncheckedByKey.get(keyId) ?? 0) + rows);
  }

  /** @param acceptLost ids of the keys whose rows may stay unchecked */
  result(acceptLost: readonly string[]): AuditVerification {
    const { sealed, waiting, faultCount, faults } = this;
    const unchecked = Object.fromEntries(this.uncheckedByKey);
    const isChecked = Object.keys(unchecked).every((keyId) => acceptLost.includes(keyId));
    const isIntact = faultCount === 0 && isChecked;
    return { isIntact, sealed, waiting, unchecked, faultCount, faults };
  }
}
