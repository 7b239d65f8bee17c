import type { QueryRunner } from 'typeorm';

/** The members of pg's client that are used here; its native client has no `connection`. */
interface Client {
  end(): Promise<void>;
  readonly connection?: { readonly stream: { destroy(): void } };
}

/** Ends the connection of a runner, which is broken or still waits for an answer, and frees its place in the pool. */
export async function discard(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect()) as Client;
  try {
    // The pool takes no client back that is ending. A server that does not answer would never close the connection.
    client.end().catch(() => undefined);
    client.connection?.stream.destroy();
  } finally {
    await runner.release();
  }
}
