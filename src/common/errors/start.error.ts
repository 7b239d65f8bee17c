/** The service cannot start and its operator can mend that: one line says how, without a stack. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
