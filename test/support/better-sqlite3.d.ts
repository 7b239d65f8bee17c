/** The little of better-sqlite3 that the tests use; the package brings no types of its own. */
declare module 'better-sqlite3' {
  interface Statement {
    /** Whether the statement gives rows. */
    readonly reader: boolean;
    all(...params: unknown[]): Record<string, unknown>[];
    run(...params: unknown[]): unknown;
  }
  export default class Database {
    constructor(file: string, options?: { timeout?: number });
    prepare(sql: string): Statement;
    exec(script: string): void;
    close(): void;
  }
}
