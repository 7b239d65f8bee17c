import { redis } from '../common/optional-packages.cjs';
import { StartError } from '../common/errors/start.error.js';
import type { SharedRedis } from './shared-store.js';

const CONNECT_LIMIT_MS = 1_000;
/** The client sends a PING each second, so a connection without any traffic for this time is dead. */
const SILENCE_LIMIT_MS = 3_000;
const PING_INTERVAL_MS = 1_000;
const FIRST_RECONNECT_MS = 50;
const LAST_RECONNECT_MS = 1_000;
const MAX_QUEUED_COMMANDS = 10_000;

/**
 * A client of our own for that URL. It fails commands at once while it is not connected, and reconnects until it is closed.
 *
 * @throws StartError where `@redis/client` is not installed
 */
export function ownRedis(url: string): SharedRedis {
  const installed = redis();
  if (!installed) {
    throw new StartError(
      'GatehouseModule: option redisUrl needs the package @redis/client: npm install @redis/client',
    );
  }
  const client = installed.createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUED_COMMANDS,
    pingInterval: PING_INTERVAL_MS,
    socket: {
      connectTimeout: CONNECT_LIMIT_MS,
      socketTimeout: SILENCE_LIMIT_MS,
      reconnectStrategy: (retries) =>
        Math.min(FIRST_RECONNECT_MS * 2 ** retries, LAST_RECONNECT_MS),
    },
  });
  return { client, own: client };
}
