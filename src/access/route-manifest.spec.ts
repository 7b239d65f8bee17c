import { Controller, Get, Post } from '@nestjs/common';
import {
  ApplicationConfig,
  MetadataScanner,
  ModulesContainer,
  Reflector,
  type DiscoveryService,
} from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { ControllerRoutes } from '../common/transport/controller-routes.js';
import type { Scope } from '../scopes/define-scopes.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { scopeTable } from '../scopes/scope-table.js';
import { manifestText } from './manifest-text.js';
import { Public } from './public.decorator.js';
import { RequireScopes, RequireUser } from './require-scopes.decorator.js';
import { RouteManifest } from './route-manifest.js';

@Controller('things')
class Declared {
  @Get()
  @RequireScopes('users:read', 'send')
  list(): void {}

  @Post(':id')
  @RequireUser()
  change(): void {}

  @Get('open')
  @Public()
  open(): void {}
}

@Controller('forgotten')
class Undeclared {
  @Get('about')
  about(): void {}
}

@RequireScopes('owner')
@Controller('all')
class DeclaredByClass {
  @Get()
  list(): void {}
}

@Controller('odd')
class UnknownScope {
  @Get()
  @RequireScopes('orders:read' as Scope)
  list(): void {}
}

function manifestOf(...controllers: (new () => object)[]): RouteManifest {
  return manifestWith(true, controllers);
}

function manifestWith(deniesUndeclared: boolean, controllers: (new () => object)[]): RouteManifest {
  const discovery = {
    getControllers: () => controllers.map((metatype) => ({ metatype })),
  } as unknown as DiscoveryService;
  return new RouteManifest(
    new ControllerRoutes(
      discovery,
      new MetadataScanner(),
      new ApplicationConfig(),
      new ModulesContainer(),
    ),
    new Reflector(),
    new ScopeRegistry(scopeTable()),
    { deniesUndeclared },
  );
}

describe('RouteManifest', () => {
  it('lists for each route its scopes, its principals and the roles that hold the scopes (S-93)', () => {
    const lines = manifestText(manifestOf(Declared).entries).split('\n');
    expect(lines.map((line) => line.split(/ +/))).toEqual([
      ['method', 'path', 'needs', 'takes', 'roles'],
      ['GET', '/things', 'users:read,send', 'user,api_key', 'owner,admin,standard'],
      ['POST', '/things/:id', '-', 'user', 'owner,admin,iac,standard,read_only,send_only'],
      ['GET', '/things/open', '-', 'everyone', '-'],
      [''],
    ]);
    expect(lines[1]).toBe(
      'GET     /things       users:read,send  user,api_key  owner,admin,standard',
    );
  });

  it('applies the rule of a class to its routes', () => {
    const [entry] = manifestOf(DeclaredByClass).entries;
    expect(entry).toMatchObject({ method: 'GET', path: '/all', roles: ['owner'] });
  });

  it('stops the start with the name of a route without an access rule (S-92)', () => {
    expect(() => manifestOf(Declared, Undeclared).onModuleInit()).toThrow(
      'Undeclared.about (GET /forgotten/about) declares neither its scopes nor that it is public',
    );
  });

  it('leaves out undeclared routes of a host that does not deny by default', () => {
    const manifest = manifestWith(false, [Declared, Undeclared]);
    manifest.onModuleInit();
    expect(manifest.entries).toHaveLength(3);
  });

  it('stops the start with the name of a route that needs an unknown scope', () => {
    expect(() => manifestOf(UnknownScope).onModuleInit()).toThrow(
      'UnknownScope.list (GET /odd) needs orders:read, which is no scope',
    );
  });
});
