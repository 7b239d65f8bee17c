import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryDirectory } from '../test/support/cleanup.ts';
import type { LoadRequest } from './load.ts';
import { startServer, type Server } from './machine.ts';
import type { Measurement } from './measurement.ts';

interface Peer {
  readonly name: string;
  readonly requests: Readonly<Record<string, LoadRequest>>;
}

/** Packages that may run their install scripts, to compile themselves. */
const NATIVE = { 'better-sqlite3': true, bcrypt: true };

/** The packages of each peer, in their newest version that works on this machine's Node. */
const PEERS = [
  { file: 'better-auth.mjs', packages: ['better-auth', 'better-sqlite3@12 || 13', 'bcrypt'] },
  { file: 'oidc-provider.mjs', packages: ['oidc-provider'] },
];

/** Measures other software with some of the service's functions, installed from npm for this run. */
export async function measurePeers(measurement: Measurement, bcryptCost: number): Promise<void> {
  for (const { file, packages } of PEERS) {
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
    const peer = await announcement(server);
    for (const [what, request] of Object.entries(peer.requests)) {
      await measurement.samplePeer(server, `${peer.name}: ${what}`, request);
    }
    await server.stop();
  }
}

/** Waits for the peer's requests: it may answer before it has created its test account. */
async function announcement(server: Server): Promise<Peer> {
  for (let tries = 0; tries < 100; tries++) {
    const line = server
      .output()
      .split('\n')
      .find((each) => each.startsWith('{"name"') && each.endsWith('}'));
    if (line !== undefined) return JSON.parse(line) as Peer;
    await sleep(100);
  }
  throw new Error(`a peer did not say what to ask:\n${server.output()}`);
}
