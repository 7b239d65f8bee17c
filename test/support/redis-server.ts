import { once } from 'node:events';
import { connect } from 'node:net';
import { temporaryDirectory } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { findProgram } from './programs.ts';
import { ServerProcess } from './server-process.ts';

/** The program of a Redis server, or of Valkey, which speaks the same protocol. */
export function findRedis(): string | undefined {
  return findProgram('redis-server', 'valkey-server');
}

/**
 * A private Redis server in a temporary directory, on a free port of 127.0.0.1. It keeps nothing when it ends.
 *
 * @example
 * const redis = await RedisServer.create(['--requirepass', password]);
 * await redis.kill();
 * await redis.start();
 */
export class RedisServer extends ServerProcess {
  /** Starts the server. `options` are options of `redis-server`. */
  static async create(options: readonly string[] = []): Promise<RedisServer> {
    const program = findRedis();
    if (!program) throw new Error('Redis is not installed on this machine');
    const port = await freePort();
    const directory = temporaryDirectory('redis');
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
    const command = [program, ...where, '--save', '', '--appendonly', 'no', ...options] as const;
    return new RedisServer('Redis', command, port).startGuarded();
  }

  url(user = ''): string {
    return `redis://${user && `${user}@`}127.0.0.1:${this.port}`;
  }

  /** Whether it answers; without a password it answers a refusal. */
  protected override async ping(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1').setTimeout(2_000, () => socket.destroy());
    try {
      socket.write('PING\r\n');
      const [reply] = (await once(socket, 'data')) as [Buffer];
      if (!/^(\+PONG|-NOAUTH)/.test(String(reply))) throw new Error(String(reply));
    } finally {
      socket.destroy();
    }
  }
}
