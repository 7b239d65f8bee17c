// Services that test files share, in the process that lives as long as the whole run: Jest's own. It starts each when
// a worker asks for it the first time, and starts it anew when it has ended.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onDispose } from './cleanup.ts';
import { startService, type TestService } from './service.ts';
import type { Target } from './targets.ts';

/** What a worker is told of the service that it asked for. */
export interface SharedAddress {
  readonly url: string;
  readonly databaseUrl: string;
  readonly outputFile: string;
}

const services = new Map<string, Promise<TestService>>();

/** Answers `/<worker>/<database>/<adapter>` with a {@link SharedAddress}, and leaves its own in TEST_SHARED_SERVICES. */
export async function provideSharedServices(): Promise<void> {
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? '';
    void answer(path)
      .catch((error: unknown) => {
        response.statusCode = 500;
        return String(error);
      })
      .then((text) => response.end(text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onDispose(() => server.close());
  process.env.TEST_SHARED_SERVICES = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(path: string): Promise<string> {
  const { url, database, outputFile } = await running(path);
  return JSON.stringify({ url, databaseUrl: database.url, outputFile } satisfies SharedAddress);
}

async function running(path: string): Promise<TestService> {
  const known = await services.get(path)?.catch(() => undefined);
  if (known?.exitCode === undefined && known !== undefined) return known;
  const [, , database, adapter] = path.split('/');
  const started = startService({ target: { database, adapter } as Target });
  services.set(path, started);
  return started;
}
