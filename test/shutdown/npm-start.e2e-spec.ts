import { describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardChild, onDispose, temporaryDirectory } from '../support/cleanup.js';

const root = join(import.meta.dirname, '../..');
const LIMIT_MS = 30_000;

describe('npm start', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL', 'SIGHUP'])(
    'ends its service when npm ends with %s',
    async (signal) => {
      const npm = run('npm', ['start', '--ignore-scripts']);
      const { url } = await npm.untilReady();
      npm.child.kill(signal);
      await untilGone(url);
      // The last of its processes closes its output.
      await npm.closed;
      expect(npm.output()).toMatch(/Shut down: \d+ requests finished, 0 cut off/);
    },
  );

  it('ends only services that it started: one started directly outlives its shell', async () => {
    const main = join(root, 'bundle/main.js');
    const shell = run('sh', [
      '-c',
      `"${process.execPath}" "${main}" & echo "service $!"; read -r x`,
    ]);
    const { url, output } = await shell.untilReady();
    const service = Number(/^service (\d+)$/m.exec(output)?.[1]);
    onDispose(() => end(service));
    const ended = once(shell.child, 'exit');
    shell.child.stdin?.end();
    await ended;
    process.kill(service, 'SIGHUP');
    // Longer than the interval at which the service checks its parent.
    await sleep(1_500);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    // Closes the last reader of its output as well.
    shell.child.stdout?.destroy();
    shell.child.stderr?.destroy();
    for (let requests = 0; requests < 5; requests++) {
      expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    }
    process.kill(service, 'SIGTERM');
    await untilGone(url);
  });
});

describe('SIGHUP', () => {
  it('ends a service whose terminal was closed, and no other', async () => {
    const main = join(root, 'bundle/main.js');
    const service = `echo "service $$"; exec "${process.execPath}" "${main}"`;
    const terminal = run('script', ['-qefc', service, '/dev/null']);
    const { url, output } = await terminal.untilReady();
    const pid = Number(/^service (\d+)\r?$/m.exec(output)?.[1]);
    onDispose(() => end(pid));
    for (let times = 0; times < 2; times++) process.kill(pid, 'SIGHUP');
    await sleep(500);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    terminal.child.kill('SIGKILL');
    await untilGone(url);
  });
});

function run(command: string, args: readonly string[]) {
  const child = spawn(command, args, {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      DATA_DIR: temporaryDirectory('data'),
      DATABASE_URL: `sqlite:${join(temporaryDirectory('sqlite'), 'gatehouse.sqlite')}`,
      BCRYPT_COST: '10',
    },
    detached: true,
  });
  guardChild(child);
  // The whole group: the service is not npm's child but its shell's.
  onDispose(() => end(-(child.pid ?? 0)));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    child: child as ChildProcess,
    closed: once(child, 'close'),
    output: () => output,
    untilReady: async () => {
      for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(20)) {
        const url = /API\s+(http:[\w./:]+)/.exec(output)?.[1];
        if (url !== undefined && output.includes('Health')) return { url, output };
      }
      throw new Error(`It did not start:\n${output}`);
    },
  };
}

async function untilGone(url: string): Promise<void> {
  for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(50)) {
    const isThere = await fetch(`${url}/health/live`).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
  }
  throw new Error('The service is still there');
}

function end(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended already, as expected.
  }
}
