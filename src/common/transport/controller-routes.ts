import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** A route as its controller declares it. */
export interface ControllerRoute {
  /** `GET`, `POST`, …; `ALL` for every one. */
  readonly method: string;
  /** With a leading slash and `:parameters`. */
  readonly path: string;
  readonly controller: Type;
  readonly handlerName: string;
  readonly handler: object;
  /** The module that mounts it. */
  readonly module: NestModule | undefined;
}

/** A module in Nest's container. */
export type NestModule = NonNullable<
  ReturnType<DiscoveryService['getControllers']>[number]['host']
>;

/** Reads every registered route from the controllers. */
@Injectable()
export class ControllerRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** All routes, in the order of declaration. */
  all(): ControllerRoute[] {
    return this.discovery
      .getControllers()
      .flatMap(({ metatype, host }) =>
        typeof metatype === 'function' ? this.routesOf(metatype as Type, host) : [],
      );
  }

  private routesOf(controller: Type, module: NestModule | undefined): ControllerRoute[] {
    const prototype = controller.prototype as Record<string, object>;
    return this.scanner.getAllMethodNames(prototype).flatMap((handlerName) => {
      const handler = prototype[handlerName] as object;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      return pathsOf(controller).flatMap((prefix) =>
        pathsOf(handler).map((path) => ({
          method: RequestMethod[method],
          path: joined(prefix, path),
          controller,
          handlerName,
          handler,
          module,
        })),
      );
    });
  }
}

function pathsOf(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return [path ?? ''].flat();
}

function joined(prefix: string, path: string): string {
  const segments = `${prefix}/${path}`.split('/').filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}
