import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { pathOf } from './request-facts.js';

interface KnownRoute {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Which methods a path takes, read once from the controllers; tells 405 from 404. */
@Injectable()
export class RouteMethods {
  private routes: readonly KnownRoute[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** In the order of declaration; empty when no controller knows the path. */
  allowedFor(url: string): string[] {
    this.routes ??= this.collect();
    const path = pathOf(url);
    const methods = this.routes
      .filter((route) => route.pattern.test(path))
      .map((route) => route.method);
    if (methods.includes('GET')) methods.push('HEAD');
    return [...new Set(methods)];
  }

  private collect(): KnownRoute[] {
    return this.discovery.getControllers().flatMap(({ metatype, instance }) => {
      if (typeof metatype !== 'function') return [];
      const prototype: object = Object.getPrototypeOf(instance);
      const base = pathsOf(metatype);
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler = (prototype as Record<string, object>)[name] as object;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) return [];
        return base.flatMap((prefix) =>
          pathsOf(handler).map((path) => ({
            method: RequestMethod[method],
            pattern: toPattern(prefix, path),
          })),
        );
      });
    });
  }
}

function pathsOf(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return [path ?? ''].flat();
}

function toPattern(prefix: string, path: string): RegExp {
  const segments = `${prefix}/${path}`.split('/').filter((segment) => segment !== '');
  const source = segments.map((segment) =>
    segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
  );
  return new RegExp(`^/${source.join('/')}$`);
}
