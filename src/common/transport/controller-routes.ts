import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import {
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import {
  ApplicationConfig,
  DiscoveryService,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
// The class by which Nest itself and @nestjs/swagger find the paths of a route.
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';

/** A route as Nest serves it, under the global prefix and the version of the application. */
export interface ControllerRoute {
  /** `GET`, `POST`, …; `ALL` for every one. */
  readonly method: string;
  /** With a leading slash, a global prefix and `:parameters`. */
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
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  /** All routes, in the order of declaration, as Nest serves them with this configuration. */
  all(config = this.config): ControllerRoute[] {
    return this.discovery
      .getControllers()
      .flatMap(({ metatype, host }) =>
        typeof metatype === 'function' ? this.routesOf(metatype as Type, host, config) : [],
      );
  }

  private routesOf(
    controller: Type,
    module: NestModule | undefined,
    config: ApplicationConfig,
  ): ControllerRoute[] {
    const prototype = controller.prototype as Record<string, object>;
    return this.scanner.getAllMethodNames(prototype).flatMap((handlerName) => {
      const handler = prototype[handlerName] as object;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      return this.paths(controller, handler, method, module, config).map((path) => ({
        method: RequestMethod[method],
        path,
        controller,
        handlerName,
        handler,
        module,
      }));
    });
  }

  private paths(
    controller: Type,
    handler: object,
    method: RequestMethod,
    module: NestModule | undefined,
    config: ApplicationConfig,
  ): string[] {
    const versioningOptions = config.getVersioning();
    const factory = new RoutePathFactory(config);
    return pathsOf(controller).flatMap((ctrlPath) =>
      pathsOf(handler).flatMap((methodPath) => {
        const metadata = {
          ctrlPath,
          methodPath,
          modulePath: this.modulePath(module),
          globalPrefix: config.getGlobalPrefix(),
          controllerVersion: versionOf(controller) ?? versioningOptions?.defaultVersion,
          methodVersion: versionOf(handler),
          versioningOptions,
        };
        return factory.create(metadata as RoutePathMetadata, method);
      }),
    );
  }

  /** The path that a host's `RouterModule` gives to the module. */
  private modulePath(module: NestModule | undefined): string | undefined {
    if (!module) return undefined;
    const { metatype } = module;
    const own = Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, metatype) as
      string | undefined;
    return own ?? (Reflect.getMetadata(MODULE_PATH, metatype) as string | undefined);
  }
}

type RoutePathMetadata = Parameters<RoutePathFactory['create']>[0];

function pathsOf(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return [path ?? ''].flat();
}

function versionOf(target: object): RoutePathMetadata['controllerVersion'] {
  return Reflect.getMetadata(VERSION_METADATA, target) as RoutePathMetadata['controllerVersion'];
}
