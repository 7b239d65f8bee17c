// The first five minutes of docs/embedding.md: its commands, against a host with its route.
import { Controller, Get, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CurrentPrincipal } from '../../src/access/current-principal.decorator.js';
import { GatehouseGuard } from '../../src/access/gatehouse.guard.js';
import type { Principal } from '../../src/access/principal.js';
import { RequireScopes } from '../../src/access/require-scopes.decorator.js';
import { prepared, startHost, type Host } from '../embedding/globals/host.js';
import { describeCurl } from '../support/targets.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/embedding.md'), 'utf8');
const section = page.split(/^## /m).find((each) => each.startsWith('The first five minutes')) ?? '';
const ADDRESS = 'api=http://127.0.0.1:3000\n';
const script = [...section.matchAll(/^```sh\n(.*?)^```$/gms)]
  .map(([, block = '']) => block)
  .find((block) => block.startsWith(ADDRESS));

@Controller()
@UseGuards(GatehouseGuard)
class AppController {
  @Get()
  @RequireScopes('account:read')
  hello(@CurrentPrincipal() principal: Principal): string {
    return `Hello ${principal.type} ${principal.id}`;
  }
}

describeCurl('the five minutes in a host', () => {
  let host: Host;
  beforeAll(async () => {
    const file = await prepared(() => Promise.resolve());
    host = await startHost('express', { file, controllers: [AppController] });
  });
  afterAll(() => host.app.close());

  it('open an account, sign in, and call the route of the host', async () => {
    const commands = script?.replace(ADDRESS, `api=${host.url}\n`) ?? '';
    const path = [dirname(process.execPath), process.env.PATH].join(':');
    const child = spawn('bash', ['--norc', '-eu', '-o', 'pipefail', '-c', commands], {
      env: { PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    expect(await once(child, 'close')).toEqual([0, null]);
    const uuid = '[0-9a-f-]{36}';
    expect(printed).toMatch(
      new RegExp(`^\\{"account_id":"${uuid}"\\}Hello user ${uuid}\\{"code":40101,.*\\}$`),
    );
  });
});

it('the section about code names each method of the service', () => {
  const ofCode = page.split(/^## /m).find((each) => each.startsWith('From code')) ?? '';
  const [list = ''] = /^`GatehouseService`: [^]*?`authenticate`/m.exec(ofCode) ?? [];
  const named = [...list.matchAll(/`([a-z]\w+)`/g)].map(([, name = '']) => name);
  const surface = readFileSync(join(import.meta.dirname, '../../etc/index.api.md'), 'utf8');
  const [service = ''] = /^export class GatehouseService \{[^]*?^\}/m.exec(surface) ?? [];
  const methods = [...service.matchAll(/^ {4}(?!constructor)([a-z]\w+)\(/gm)].map(
    ([, name = '']) => name,
  );
  expect(methods.length).toBeGreaterThan(15);
  expect(named.toSorted()).toEqual(methods.toSorted());
});
