import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardChild, onDispose, temporaryDirectory } from './cleanup.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import type { Target } from './targets.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ServiceOptions {
  /** Default: Fastify on SQLite. */
  readonly target?: Target;
  /** Default: a fresh one of the target's kind. */
  readonly database?: TestDatabase;
  /** What is started; default: what `npm start` does. */
  readonly main?: string;
  /** Goes on top of the environment that every test service gets; `undefined` removes a variable. */
  readonly env?: Environment;
  /** Waits for the service to refuse its start instead of failing the test when it does. */
  readonly expectFailure?: boolean;
}

const builtMain = join(import.meta.dirname, '../../bundle/main.js');
const startLimitMs = 40_000;
const stopLimitMs = 20_000;

/** Starts the built service as a process of its own; it ends with the test file at the latest. */
export async function startService(options: ServiceOptions = {}): Promise<TestService> {
  const service = await createService(options);
  await service.start(options.expectFailure);
  return service;
}

/** A service that is to be started; it ends with the test file at the latest. */
export async function createService(options: ServiceOptions = {}): Promise<TestService> {
  const target = options.target ?? { database: 'sqlite', adapter: 'fastify' };
  const database = options.database ?? (await createTestDatabase(target.database));
  const env = {
    ...baseEnvironment(),
    HTTP_ADAPTER: target.adapter,
    DATABASE_URL: database.url,
    ...options.env,
  };
  const service = new TestService(database, env, options.main);
  onDispose(() => service.kill());
  return service;
}

/** Starts the service where it must refuse to start, and tells how it ended. */
export async function runToExit(
  env: Environment,
  limitMs = startLimitMs,
): Promise<{ code: number | null; output: string }> {
  const directory = temporaryDirectory('refusal');
  const defaults = { DATABASE_URL: `sqlite:${join(directory, 'gatehouse.sqlite')}` };
  const service = new TestService(undefined, { ...baseEnvironment(), ...defaults, ...env });
  onDispose(() => service.kill());
  await service.start(true, limitMs);
  return { code: service.exitCode ?? null, output: service.output() };
}

export class TestService {
  /** Where it answers, for example `http://127.0.0.1:41233`. */
  url = '';
  private child: ChildProcess | undefined;
  private lastExitCode: number | null | undefined;
  private lastExitSignal: NodeJS.Signals | null = null;
  private stdout = '';
  private everything = '';
  private readonly directory = temporaryDirectory('service');

  constructor(
    private readonly ownDatabase: TestDatabase | undefined,
    readonly env: Environment,
    private readonly main = builtMain,
  ) {}

  get database(): TestDatabase {
    if (!this.ownDatabase) throw new Error('This service was started without a test database');
    return this.ownDatabase;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Undefined while it runs, null when a signal ended it. */
  get exitCode(): number | null | undefined {
    return this.lastExitCode;
  }

  /** The signal that ended it, if one did. */
  get exitSignal(): NodeJS.Signals | null {
    return this.lastExitSignal;
  }

  /** All it has written so far, over restarts too. */
  output(): string {
    return this.everything;
  }

  async start(expectFailure = false, limitMs = startLimitMs): Promise<void> {
    if (!existsSync(this.main))
      throw new Error(`${this.main} is missing: run \`npm run build\` first`);
    this.stdout = '';
    this.lastExitCode = undefined;
    const child = spawn(process.execPath, [this.main], {
      cwd: this.directory,
      env: this.childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    guardChild(child);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.everything += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.everything += text));
    // 'close' and not 'exit': by then its last words have been read.
    child.once('close', (code, signal) => {
      this.lastExitCode = code;
      this.lastExitSignal = signal;
      this.child = undefined;
    });
    await this.untilStartedOrEnded(limitMs);
    if (this.child && expectFailure) {
      await this.kill();
      throw new Error(`The service started although it had to refuse:\n${this.everything}`);
    }
    if (!this.child && !expectFailure) {
      throw new Error(`The service ended (${this.lastExitCode}) at start:\n${this.everything}`);
    }
  }

  /** Asks it to end (SIGTERM) and gives its exit code. */
  async stop(): Promise<number | null | undefined> {
    if (!(await this.end('SIGTERM'))) {
      await this.kill();
      throw new Error(
        `The service did not stop within ${stopLimitMs / 1000} s:\n${this.everything}`,
      );
    }
    return this.lastExitCode;
  }

  /** Ends it at once (SIGKILL), as in a crash. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Stops it, if it runs, and starts it again: same environment, database, directory and port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  private async end(signal: NodeJS.Signals): Promise<boolean> {
    const child = this.child;
    if (!child) return true;
    const closed = once(child, 'close');
    child.kill(signal);
    const first = await Promise.race([closed, sleep(stopLimitMs, 'late', { ref: false })]);
    return first !== 'late';
  }

  private childEnvironment(): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = { DATA_DIR: join(this.directory, 'data'), ...this.env };
    // Started again, it has to answer where its clients look for it.
    if (this.url) env.PORT = new URL(this.url).port;
    return env;
  }

  private async untilStartedOrEnded(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (this.child) {
      const address = /API\s+(https?:\/\/[^\s,"]+)/.exec(this.stdout)?.[1];
      if (address) {
        this.url = address.replace(/\/$/, '');
        return;
      }
      if (Date.now() > deadline) {
        await this.kill();
        throw new Error(
          `The service neither started nor ended within ${limitMs / 1000} s:\n${this.everything}`,
        );
      }
      await sleep(20);
    }
  }
}

/** Made from nothing: what the developer's shell has set must not reach the service. */
function baseEnvironment(): Environment {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    BCRYPT_COST: '10',
  };
}
