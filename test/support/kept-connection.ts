import { onDispose } from './cleanup.ts';

const KEPT_MS = 1_000;

/** How connections to one database are opened and closed. */
interface Opener<Connection> {
  open(): Promise<Connection>;
  close(connection: Connection): unknown;
  /** Whether a query failed because its connection had ended. */
  isLost(error: unknown): boolean;
}

/**
 * A connection that a query leaves open for the next one, for a second: opening it takes ten times the CPU time of a
 * query. Queries at the same time have one each.
 */
export class KeptConnection<Connection> {
  private kept: Connection | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly opener: Opener<Connection>) {}

  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const kept = this.take();
    if (kept !== undefined) {
      try {
        return await this.workOn(kept, work);
      } catch (error) {
        // The server, or a test that kills connections, has ended it since the query before.
        if (!this.opener.isLost(error)) throw error;
      }
    }
    return this.workOn(await this.opener.open(), work);
  }

  private async workOn<T>(
    connection: Connection,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    try {
      const result = await work(connection);
      await this.keep(connection);
      return result;
    } catch (error) {
      // Whatever state it is in, no other query has it.
      await this.opener.close(connection);
      throw error;
    }
  }

  private take(): Connection | undefined {
    const { kept } = this;
    clearTimeout(this.timer);
    this.kept = undefined;
    return kept;
  }

  private async keep(connection: Connection): Promise<void> {
    if (this.kept !== undefined) {
      await this.opener.close(connection);
      return;
    }
    if (this.timer === undefined) onDispose(() => this.closeKept());
    this.kept = connection;
    this.timer = setTimeout(() => void this.closeKept(), KEPT_MS).unref();
  }

  private async closeKept(): Promise<void> {
    const kept = this.take();
    if (kept !== undefined) await this.opener.close(kept);
  }
}
