import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import { MetadataScanner, type DiscoveryService } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { quickest } from '../../../test/support/unit.js';
import { ControllerRoutes } from '../../common/transport/controller-routes.js';
import { RouteMethods } from './route-methods.js';

@Controller('api/v1/things')
class ThingsController {
  @Get()
  list(): void {}

  @Post()
  create(): void {}

  @Get(':id')
  read(): void {}

  @Patch(':id')
  change(): void {}

  @Delete([':id', ':id/for-good'])
  remove(): void {}

  helper(): void {}
}

@Controller(['.well-known/x+y.json', 'alias'])
class FixedController {
  @Get('/')
  read(): void {}
}

function routeMethods(): RouteMethods {
  const controllers = [ThingsController, FixedController].map((metatype) => ({
    metatype,
    instance: new metatype(),
  }));
  const discovery = { getControllers: () => [...controllers, { metatype: null, instance: {} }] };
  return new RouteMethods(
    new ControllerRoutes(discovery as unknown as DiscoveryService, new MetadataScanner()),
  );
}

describe('RouteMethods', () => {
  const methods = routeMethods();

  it.each([
    ['/api/v1/things', ['GET', 'POST', 'HEAD']],
    ['/api/v1/things?limit=1', ['GET', 'POST', 'HEAD']],
    ['/api/v1/things/7', ['GET', 'PATCH', 'DELETE', 'HEAD']],
    ['/api/v1/things/7/for-good', ['DELETE']],
    ['/.well-known/x+y.json', ['GET', 'HEAD']],
    ['/alias', ['GET', 'HEAD']],
  ])('knows the methods of %s', (url, expected) => {
    expect(methods.allowedFor(url)).toEqual(expected);
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
    expect(methods.allowedFor(url)).toEqual([]);
  });

  it('answers quickly to a path of 16 KB (S-140)', async () => {
    for (const part of ['/', 'a', '/a', '.']) {
      const url = `/api/v1/things/${part.repeat(16_000 / part.length)}`;
      expect(await quickest(() => methods.allowedFor(url))).toBeLessThan(50);
    }
  });
});
