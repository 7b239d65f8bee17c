import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import {
  ApplicationConfig,
  MetadataScanner,
  ModulesContainer,
  type DiscoveryService,
} from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { quickest } from '../../../test/support/unit.js';
import { bodyInput } from '../../common/handler-arguments.js';
import { ResourceId } from '../../common/resource-id.decorator.js';
import { ControllerRoutes } from '../../common/transport/controller-routes.js';
import { ValidBody, ValidQuery } from '../../common/validation/valid-input.decorator.js';
import { KnownRoutes } from './known-routes.js';

@Controller('api/v1/things')
class ThingsController {
  @Get()
  list(@ValidQuery() _query: object): void {}

  @Post()
  create(@ValidQuery() _query: object, @ValidBody() _dto: object): void {}

  @Get(':id')
  read(): void {}

  @Patch(':id')
  change(@bodyInput(() => ({})) _body: object): void {}

  @Delete([':id', ':id/for-good'])
  remove(@ResourceId() _id: string): void {}

  helper(): void {}
}

@Controller(['.well-known/x+y.json', 'alias'])
class FixedController {
  @Get('/')
  read(): void {}
}

function knownRoutes(): KnownRoutes {
  const controllers = [ThingsController, FixedController].map((metatype) => ({
    metatype,
    instance: new metatype(),
  }));
  const discovery = { getControllers: () => [...controllers, { metatype: null, instance: {} }] };
  return new KnownRoutes(
    new ControllerRoutes(
      discovery as unknown as DiscoveryService,
      new MetadataScanner(),
      new ApplicationConfig(),
      new ModulesContainer(),
    ),
  );
}

describe('KnownRoutes', () => {
  const routes = knownRoutes();

  it.each([
    ['/api/v1/things', ['GET', 'POST', 'HEAD']],
    ['/api/v1/things?limit=1', ['GET', 'POST', 'HEAD']],
    ['/api/v1/things/7', ['GET', 'PATCH', 'DELETE', 'HEAD']],
    ['/api/v1/things/7/for-good', ['DELETE']],
    ['/.well-known/x+y.json', ['GET', 'HEAD']],
    ['/alias', ['GET', 'HEAD']],
  ])('knows the methods of %s', (url, expected) => {
    expect(routes.methodsOf(url)).toEqual(expected);
  });

  it.each([
    '/',
    '',
    '/api/v1/thing',
    '/api/v1/things/',
    '//api/v1/things',
    '/api/v1//things',
    '/API/v1/things',
    '/api/v1/things/7/',
    '/api/v1/things/7/8',
    '/api/v1/things/helper/x',
    '/x/api/v1/things',
    '/xwell-known/x+y.json',
    '/.well-known/xxy.json',
    '/.well-known/x+yxjson',
    '/alias\n',
  ])('knows no method of %j, because spellings are not guessed (S-94)', (url) => {
    expect(routes.methodsOf(url)).toEqual([]);
  });

  it('answers quickly to a path of 16 KB (S-140)', async () => {
    for (const part of ['/', 'a', '/a', '.']) {
      const url = `/api/v1/things/${part.repeat(16_000 / part.length)}`;
      expect(await quickest(() => routes.methodsOf(url))).toBeLessThan(50);
    }
  });

  it.each([
    ['GET', '/api/v1/things'],
    ['HEAD', '/api/v1/things'],
    ['GET', '/api/v1/things/7?x=1'],
    ['DELETE', '/api/v1/things/7'],
    ['DELETE', '/api/v1/things/7/for-good'],
    ['GET', '/alias'],
  ])('knows that %s %s takes no body', (method, url) => {
    expect(routes.takesNoBody(method, url)).toBe(true);
  });

  it.each([
    ['POST', '/api/v1/things'],
    // It may read the body of the request itself.
    ['PATCH', '/api/v1/things/7'],
    // No such route: its body is looked at before that is said.
    ['PUT', '/api/v1/things/7'],
    ['DELETE', '/api/v1/things'],
    ['POST', '/nowhere'],
  ])('does not say that of %s %s', (method, url) => {
    expect(routes.takesNoBody(method, url)).toBe(false);
  });
});
