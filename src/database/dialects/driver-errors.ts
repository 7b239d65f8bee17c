/** The members of the errors of mysql2, better-sqlite3 and pg that are used. */
export interface DriverError {
  readonly name?: string;
  readonly code?: string;
  readonly errno?: number;
  readonly fatal?: boolean;
  readonly severity?: string;
  readonly message?: string;
}

/**
 * What the errors of an engine and its driver mean. Each answers false for the errors of other engines: their codes
 * have different forms.
 */
export interface DriverErrors {
  isUniqueViolation(error: DriverError): boolean;
  /** The engine undid the work, or did not begin it, and the whole transaction can be repeated. */
  isRepeatable(error: DriverError): boolean;
  /** The connection broke or was never established. */
  isConnectionLoss(error: DriverError): boolean;
  /** The engine does not begin the work now; this is not the request's fault and does not last. */
  isRefused(error: DriverError): boolean;
  /** The engine began the work and aborted it, for such a reason. */
  isGivenUp(error: DriverError): boolean;
}
