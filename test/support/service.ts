import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardChild, onDispose, temporaryDirectory } from './cleanup.ts';
import type { TestDatabase } from './database.ts';
import { WIDE_LIMITS } from './limits.ts';
import { createServiceDatabase } from './migrated-database.ts';
import { LESS_WORK, nodeOf } from './node.ts';
import type { Target } from './targets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ServiceOptions {
  /** Default: Fastify on SQLite. */
  readonly target?: Target;
  /** Default: a fresh one of the target's kind. */
  readonly database?: TestDatabase;
  /** The program to start; default: the one of `npm start`. */
  readonly main?: string;
  /** The Node that runs it; default: the one of the test file for its target. */
  readonly node?: string;
  /** Overrides the environment that every test service gets; `undefined` removes a variable. */
  readonly env?: Environment;
  /** Expects the service to refuse its start, instead of failing the test when it does. */
  readonly expectFailure?: boolean;
}

const builtMain = join(import.meta.dirname, '../../bundle/main.js');
const startLimitMs = 120_000;
const stopLimitMs = 60_000;

/** Starts the built service as a separate process; it ends with the test file at the latest. */
export async function startService(options: ServiceOptions = {}): Promise<TestService> {
  const service = await createService(options);
  await service.start(options.expectFailure);
  return service;
}

/** Creates a service without starting it; it ends with the test file at the latest. */
export async function createService(options: ServiceOptions = {}): Promise<TestService> {
  const target = options.target ?? { database: 'sqlite', adapter: 'fastify' };
  const database = options.database ?? (await createServiceDatabase(target.database));
  const env = {
    ...baseEnvironment(),
    HTTP_ADAPTER: target.adapter,
    DATABASE_URL: database.url,
    GATEHOUSE_SECRET: database.secret,
    ...options.env,
  };
  const node = options.node ?? nodeOf({ database: database.kind, adapter: target.adapter });
  const service = new TestService(database, env, node, options.main);
  onDispose(() => service.kill());
  return service;
}

/** Starts a service that must refuse to start, and returns its exit code and output. */
export async function runToExit(
  env: Environment,
  limitMs = startLimitMs,
): Promise<{ code: number | null; output: string }> {
  const directory = temporaryDirectory('refusal');
  const defaults = { DATABASE_URL: `sqlite:${join(directory, 'gatehouse.sqlite')}` };
  const node = nodeOf({ database: 'sqlite', adapter: 'fastify' });
  const service = new TestService(undefined, { ...baseEnvironment(), ...defaults, ...env }, node);
  onDispose(() => service.kill());
  await service.start(true, limitMs);
  return { code: service.exitCode ?? null, output: service.output() };
}

export class TestService {
  /** Its address, for example `http://127.0.0.1:41233`. */
  url = '';
  private child: ChildProcess | undefined;
  private lastExitCode: number | null | undefined;
  private lastExitSignal: NodeJS.Signals | null = null;
  private readonly directory = temporaryDirectory('service');
  /** Stdout and stderr, in a file: each line is visible at once, while a pipe must be read first. */
  readonly outputFile = join(this.directory, 'output.log');

  constructor(
    private readonly ownDatabase: TestDatabase | undefined,
    readonly env: Environment,
    private readonly node: string,
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

  /** All its output so far, including that before restarts. */
  output(): string {
    return existsSync(this.outputFile) ? readFileSync(this.outputFile, 'utf8') : '';
  }

  async start(expectFailure = false, limitMs = startLimitMs): Promise<void> {
    if (!existsSync(this.main))
      throw new Error(`${this.main} is missing: run \`npm run build\` first`);
    const before = this.output().length;
    this.lastExitCode = undefined;
    const output = openSync(this.outputFile, 'a');
    const child = spawn(this.node, [this.main], {
      cwd: this.directory,
      env: this.childEnvironment(),
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.child = child;
    guardChild(child);
    countStart();
    child.once('close', (code, signal) => {
      this.lastExitCode = code;
      this.lastExitSignal = signal;
      this.child = undefined;
    });
    await this.untilStartedOrEnded(limitMs, before);
    if (this.child && expectFailure) {
      await this.kill();
      throw new Error(`The service started although it had to refuse:\n${this.output()}`);
    }
    if (!this.child && !expectFailure) {
      throw new Error(`The service ended (${this.lastExitCode}) at start:\n${this.output()}`);
    }
  }

  /** Ends it with SIGTERM and returns its exit code. */
  async stop(): Promise<number | null | undefined> {
    if (!(await this.end('SIGTERM'))) {
      await this.kill();
      throw new Error(`The service did not stop within ${stopLimitMs / 1000} s:\n${this.output()}`);
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
    // After a restart it must have the same address.
    if (this.url) env.PORT = new URL(this.url).port;
    return env;
  }

  private async untilStartedOrEnded(limitMs: number, before: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (this.child) {
      const address = /API\s+(https?:\/\/[^\s,"]+)(?=[\s,"])/.exec(
        this.output().slice(before),
      )?.[1];
      if (address) {
        this.url = address.replace(/\/$/, '');
        return;
      }
      if (Date.now() > deadline) {
        await this.kill();
        throw new Error(
          `The service neither started nor ended within ${limitMs / 1000} s:\n${this.output()}`,
        );
      }
      await sleep(20);
    }
  }
}

/** Records the start, because `npm test` reports at its end how many services each test file started. */
function countStart(): void {
  const { TEST_SERVICE_STARTS: list, TEST_FILE: file = 'shared' } = process.env;
  if (list) appendFileSync(list, `${file}\n`);
}

/** A complete environment: variables of the developer's shell must not reach the service. */
function baseEnvironment(): Environment {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    BCRYPT_COST: '10',
    ...WIDE_LIMITS,
    ...LESS_WORK,
    // The default in production, which saves a third of the work at the start.
    SWAGGER_UI: 'false',
  };
}
