import { beforeAll, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PUBLIC_EVENTS } from '../../src/events/audit-entry.js';
import { createCertificate } from '../support/certificate.js';
import { guardChild, temporaryDirectory } from '../support/cleanup.js';
import { request } from '../support/http.js';
import { newOwner } from '../support/members.js';
import { nodeOfTheProduct } from '../support/node.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { describeCurl } from '../support/targets.js';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = readFileSync(join(ROOT, 'docs/webhooks.md'), 'utf8');

/** The only block of that language in the page. */
function block(language: string): string {
  const [only, ...more] = [...DOCUMENT.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(
    ([, name]) => name === language,
  );
  if (!only || more.length > 0) throw new Error(`there is not one block of ${language}`);
  return only[2] ?? '';
}

describeCurl('docs/webhooks.md', () => {
  let service: TestService;
  let certificate: Awaited<ReturnType<typeof createCertificate>>;
  const folder = temporaryDirectory('receiver');
  beforeAll(async () => {
    certificate = await createCertificate();
    const env = { WEBHOOK_NETWORKS: '127.0.0.1', NODE_EXTRA_CA_CERTS: certificate.certFile };
    service = await startService({ env });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'receiver.mjs'), block('js'));
  });

  /** Runs the receiver of the page; returns its port and what it prints. */
  async function startReceiver(secret: string, port = '0') {
    const child = spawn(nodeOfTheProduct, ['receiver.mjs'], {
      cwd: folder,
      env: {
        WEBHOOK_SECRET: secret,
        TLS_CERT_FILE: certificate.certFile,
        TLS_KEY_FILE: certificate.keyFile,
        PORT: port,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    guardChild(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const found = await eventually(() => {
      const listening = /listening (\d+)/.exec(output)?.[1];
      if (listening === undefined) throw new Error('it does not listen yet');
      return listening;
    });
    return { port: found, output: () => output, stop: () => child.kill() };
  }

  it('has a command that makes a webhook, and a receiver that takes its events and nothing else', async () => {
    const owner = await newOwner(service);
    // It needs the secret, and the webhook the port.
    const first = await startReceiver(`whsec_${'A'.repeat(43)}=`);
    const { port } = first;
    const address = { GATEHOUSE: service.url, RECEIVER: `https://127.0.0.1:${port}/hooks` };
    const { stdout } = await promisify(execFile)('sh', ['-c', block('sh')], {
      env: { PATH: process.env.PATH, TOKEN: owner.bearer, ...address },
    });
    first.stop();
    const { id, secret } = JSON.parse(stdout) as { id: string; secret: string };
    const receiver = await eventually(() => startReceiver(secret, port));
    // The first attempt has failed: its receiver had another secret.
    await service.database.query('UPDATE webhook_deliveries SET available_at = 0');
    const line = await eventually(() => {
      const [, data] = /^webhook\.created (.*)$/m.exec(receiver.output()) ?? [];
      return JSON.parse(data ?? '') as object;
    });
    expect(line).toMatchObject({ webhook_id: id, account_id: owner.accountId });
    const forged = await request({ url: address.RECEIVER }, 'POST', '/hooks', {
      json: { type: 'user.deleted', data: {} },
      headers: { 'webhook-id': id, 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' },
    });
    expect(forged.status).toBe(400);
    receiver.stop();
  });
});

it('docs/webhooks.md lists the events that a webhook can have', () => {
  const listed = [...DOCUMENT.matchAll(/^\| `(\w+\.\w+)`/gm)].map(([, name = '']) => name);
  expect(listed.toSorted()).toEqual(PUBLIC_EVENTS.toSorted());
});
