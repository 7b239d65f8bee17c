/** A failure to start that the operator can fix; it is reported in one line that says how, without a stack. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
