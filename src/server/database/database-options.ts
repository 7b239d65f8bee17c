/** Address of the database and options of the connection. */
export interface DatabaseOptions {
  /** As DATABASE_URL has it. */
  readonly url: string;
  /** TLS with certificate check; `auto`: as the URL says, otherwise to every host except this machine (S-120). */
  readonly tls: 'auto' | 'on' | 'off';
  /** File with the certificate of the authority, PEM. */
  readonly caFile: string | undefined;
  /** How long the start waits for a database that cannot be reached; default 0. */
  readonly waitSeconds?: number;
}
