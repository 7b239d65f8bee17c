/** A command for the operator of the server. */
export interface Command {
  readonly name: string;
  /** Its one argument, in capitals. */
  readonly argument: string;
  readonly summary: string;
  readonly description: string;
  /**
   * @returns what to print
   * @throws RefusedCommand
   */
  readonly run: (argument: string) => Promise<string>;
}

/** What a command was asked for must not or cannot be done; the message says why. */
export class RefusedCommand extends Error {
  override readonly name = 'RefusedCommand';
}

/** It was called in another way than it is; the message says how to. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
