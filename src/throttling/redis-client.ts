/**
 * What Gatehouse uses of a connected client of node-redis (`redis` or `@redis/client`, version 4 or later).
 *
 * @public
 */
export interface RedisClient {
  /** Whether the connection takes commands; a cluster client has no such property. */
  readonly isReady?: boolean;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  del(key: string): Promise<unknown>;
  pTTL(key: string): Promise<unknown>;
  multi(): object;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}
