import { createRequire } from 'node:module';
import type { Client, ClientConfig } from 'pg';

const require = createRequire(import.meta.url);

const BOUND = 'SCRAM-SHA-256-PLUS';
const REFUSED = 'channel_binding=require: the server offers none';

interface Authentication {
  /** For SASL only. */
  readonly mechanisms?: readonly string[];
}

interface Connection {
  on(event: string, listener: (message: Authentication) => void): void;
  readonly stream: { destroy(error: Error): void };
}

/**
 * A client that ends a connection whose server wants another authentication than one bound to the TLS connection, before
 * it answers: pg itself prefers channel binding, but does without where the server does not offer it.
 */
export function boundClient(): typeof Client {
  const pg = require('pg') as { Client: typeof Client };
  return class BoundClient extends pg.Client {
    constructor(config?: ClientConfig) {
      super(config);
      const { connection } = this as unknown as { readonly connection: Connection };
      // Nothing more is sent: pg's own listeners come after these.
      const refuse = () => connection.stream.destroy(new Error(REFUSED));
      let isProven = false;
      connection.on('authenticationSASL', ({ mechanisms }) => {
        if (mechanisms?.includes(BOUND) !== true) refuse();
      });
      // The server's own proof, which pg checks. A server that leaves it out may be another one.
      connection.on('authenticationSASLFinal', () => (isProven = true));
      connection.on('authenticationOk', () => {
        if (!isProven) refuse();
      });
      for (const request of ['CleartextPassword', 'MD5Password']) {
        connection.on(`authentication${request}`, refuse);
      }
    }
  };
}
