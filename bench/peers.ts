import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryDirectory } from '../test/support/cleanup.ts';
import type { LoadRequest } from './load.ts';
import { startServer, type Server } from './machine.ts';
import type { Measurement } from './measurement.ts';

/** What a server prints when it can be asked. */
interface Announcement {
  readonly name: string;
  readonly requests: Readonly<Record<string, LoadRequest>>;
}

interface PeerProgram {
  readonly file: string;
  readonly packages: readonly string[];
}

/** Packages that may run their install scripts, to compile themselves. */
const NATIVE = { 'better-sqlite3': true, bcrypt: true };

/** The packages of each peer, in their newest version that works on this machine's Node. */
export const PEERS: readonly PeerProgram[] = [
  { file: 'better-auth.mjs', packages: ['better-auth', 'better-sqlite3@12 || 13', 'bcrypt'] },
  { file: 'oidc-provider.mjs', packages: ['oidc-provider'] },
];

/** Measures other software with some of the service's functions, installed from npm for this run. */
export async function measurePeers(measurement: Measurement, bcryptCost: number): Promise<void> {
  for (const program of PEERS) {
    const { server, name, requests } = await startPeer(program, bcryptCost);
    for (const [what, request] of Object.entries(requests)) {
      await measurement.samplePeer(server, `${name}: ${what}`, request);
    }
    await server.stop();
  }
}

/** Installs a peer from npm and starts it. */
export async function startPeer(
  { file, packages }: PeerProgram,
  bcryptCost: number,
): Promise<Announcement & { readonly server: Server }> {
  const directory = temporaryDirectory('peer');
  console.log(`\ninstalling ${packages.join(' ')}`);
  const manifest = { private: true, type: 'module', allowScripts: NATIVE };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: directory });
  copyFileSync(join(import.meta.dirname, 'peers', file), join(directory, file));
  const data = join(directory, 'data');
  mkdirSync(data);
  const server = await startServer([join(directory, file)], {
    DATA_DIR: data,
    BCRYPT_COST: String(bcryptCost),
  });
  return { server, ...(await announcement(server)) };
}

/** Waits for the server's requests: it may answer before it has created its test account. */
export async function announcement(server: Server): Promise<Announcement> {
  for (let tries = 0; tries < 100; tries++) {
    const line = server
      .output()
      .split('\n')
      .find((each) => each.startsWith('{"name"') && each.endsWith('}'));
    if (line !== undefined) return JSON.parse(line) as Announcement;
    await sleep(100);
  }
  throw new Error(`the server did not say what to ask:\n${server.output()}`);
}
