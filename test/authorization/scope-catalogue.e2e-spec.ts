import { beforeAll, describe, expect, it } from '@jest/globals';
import { request } from '../support/http.js';
import { newMember, newOwner } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { guardedRoutes } from './manifest.js';

describe('GET /api/v1/scope', () => {
  let service: SharedService;
  let scopes: { name: string; is_role: boolean; includes: string[]; routes: string[] }[];
  beforeAll(async () => {
    service = await sharedService();
    const owner = await newOwner(service);
    const { bearer } = await newMember(service, owner, 'send_only');
    scopes = (await request(service, 'GET', '/api/v1/scope', { bearer })).body;
  });

  it('tells every signed-in principal which scopes are roles', () => {
    const roles = scopes.filter((scope) => scope.is_role).map(({ name }) => name);
    expect(roles.toSorted()).toEqual(
      ['admin', 'iac', 'owner', 'read_only', 'send_only', 'standard'].toSorted(),
    );
    const standard = scopes.find(({ name }) => name === 'standard');
    expect(standard?.includes).toEqual(['read_only', 'send']);
  });

  it('lists with each scope the routes that need it, as in the manifest (S-93)', () => {
    for (const { method, path, scopes: needed } of guardedRoutes()) {
      for (const name of needed) {
        expect(scopes.find((scope) => scope.name === name)?.routes).toContain(`${method} ${path}`);
      }
    }
    const listed = scopes.flatMap(({ routes }) => routes).length;
    expect(listed).toBe(guardedRoutes().flatMap((route) => route.scopes).length);
  });

  it("matches the section in Swagger UI's description", async () => {
    const { body } = await request(service, 'GET', '/docs-json');
    const { description } = body.info as { description: string };
    for (const { name } of scopes) expect(description).toContain(`| \`${name}\` |`);
    expect(description).toContain('`PATCH /api/v1/account/user/{id}`');
    const { password } = body.components.securitySchemes.oauth2.flows;
    expect(Object.keys(password.scopes)).toEqual(scopes.map(({ name }) => name));
  });
});
