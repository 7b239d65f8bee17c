import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { request } from '../support/http.js';
import { startService } from '../support/service.js';
import { describeTargets, type Target } from '../support/targets.js';
import { https, me, newSession } from '../transport/proxied-sessions.js';

const root = join(import.meta.dirname, '../..');
const script = join(root, 'scripts/build-service.mjs');
const readManifest = (directory: string) =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));

// Outside of the checkout, so that its packages cannot be resolved.
let folder: string;
beforeAll(() => {
  folder = temporaryDirectory('service-folder');
  execFileSync(process.execPath, [script, folder]);
});

describe('the folder that npm run build:service makes', () => {
  it('is small, and has what is needed to start it', () => {
    const size = execFileSync('du', ['-sm', join(folder, 'node_modules')], { encoding: 'utf8' });
    expect(Number.parseInt(size, 10)).toBeLessThanOrEqual(80);
    expect(readdirSync(folder).sort()).toEqual([
      'LICENSE',
      'bundle',
      'node_modules',
      'package.json',
      'sbom.cdx.json',
    ]);
    const { version, scripts, engines } = readManifest(root);
    expect(readManifest(folder)).toMatchObject({
      version,
      engines,
      scripts: {
        start: scripts.start,
        gatehouse: scripts.gatehouse,
        'audit:verify': scripts['audit:verify'],
      },
    });
  });

  it('has the licence of each package', () => {
    const modules = join(folder, 'node_modules');
    const named = readFileSync(join(folder, 'bundle/LICENCES.txt'), 'utf8');
    for (const name of ['@nestjs/core', 'typeorm', 'fastify', 'rxjs'])
      expect(named).toContain(name);
    for (const name of readdirSync(modules)) {
      const files = (directory: string) =>
        readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
      const own = files(join(root, 'node_modules', name));
      expect({ name, files: files(join(modules, name)) }).toEqual({ name, files: own });
    }
  });

  it('has a bill of materials with every package that it contains (S-165)', () => {
    const { bomFormat, components } = JSON.parse(
      readFileSync(join(folder, 'sbom.cdx.json'), 'utf8'),
    ) as { bomFormat: string; components: { name: string; licenses: unknown[] }[] };
    expect(bomFormat).toBe('CycloneDX');
    const names = components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['@nestjs/core', 'typeorm', 'fastify', 'mysql2']));
    expect(names).toEqual(expect.not.arrayContaining(['typescript', 'jest', 'oxlint']));
    expect(components.filter(({ licenses }) => licenses.length === 0)).toEqual([]);
  });

  it('is not created in a folder that is not empty', () => {
    expect(() => execFileSync(process.execPath, [script, folder], { stdio: 'pipe' })).toThrow(
      'is not empty',
    );
  });
});

interface Description {
  readonly openapi: string;
  readonly paths: Record<string, { readonly get: { readonly summary: string } } | undefined>;
  readonly components: { readonly schemas: object };
}

const answers = (target: Target) => {
  it('answers, signs up and in, and shows its documentation', async () => {
    const env = {
      NODE_ENV: 'production',
      ALLOW_SQLITE_IN_PRODUCTION: 'true',
      TRUST_PROXY: '127.0.0.1',
      SWAGGER_UI: 'true',
    };
    const service = await startService({ target, env, main: join(folder, 'bundle/main.js') });
    const get = (path: string) => request(service, 'GET', path, { headers: https });
    expect((await get('/health')).status).toBe(200);
    const { access_token } = await newSession(service);
    expect((await me(service, access_token)).status).toBe(200);

    const page = await get('/docs');
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => `${path}`);
    expect(assets.map((path) => path.split('/').at(-1))).toEqual(
      expect.arrayContaining(['swagger-ui.css', 'swagger-ui-bundle.js', 'swagger-ui-init.js']),
    );
    for (const path of assets) {
      const { pathname } = new URL(path, `${service.url}/docs`);
      expect({ pathname, status: (await get(pathname)).status }).toEqual({ pathname, status: 200 });
    }
    const { openapi, paths, components } = (await get('/docs-json')).body as Description;
    expect(openapi).toMatch(/^3\.1/);
    // If the package of the decorators cannot be loaded, the summaries are missing without an error.
    expect(paths['/oauth/me']?.get.summary).toBe('Who am I');
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(['GatehouseMe', 'GatehouseError']),
    );
    await service.stop();
    // Two processes more, which load what the service has loaded.
    if (target.database !== 'sqlite') return;
    const options = { env: service.env, cwd: folder, encoding: 'utf8' } as const;
    const program = join(folder, 'bundle/audit-verify.js');
    const verified = execFileSync(process.execPath, [program], options);
    expect(verified).toMatch(/The audit trail is intact\.\n$/);
    const [owner] = await service.database.query('SELECT email_address FROM users');
    const address = String(owner?.email_address);
    const command = [join(folder, 'bundle/gatehouse.js'), 'recover-owner', address];
    expect(execFileSync(process.execPath, command, options)).toContain('/link/reset?token=');
  });
};

describeTargets('the service from its folder', answers);
