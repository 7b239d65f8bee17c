/** A failure to start that the operator can fix; it is reported in one line that says how, without a stack. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
  /** Nest and its TypeOrmModule print it in a host. */
  override readonly stack = `StartError: ${this.message}`;
}
