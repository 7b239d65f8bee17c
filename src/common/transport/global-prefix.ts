import type { Type } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
// What Nest's own setGlobalPrefix does with `exclude`.
import { mapToExcludeRoute } from '@nestjs/core/middleware/utils.js';
import type { MountedRoute } from '../assembly.js';
import { StartError } from '../errors/start.error.js';
import type { ControllerRoutes } from './controller-routes.js';

/** The controllers of every Gatehouse, of which one application may have several. */
const excludedControllers = new WeakSet<Type>();

/**
 * Excludes routes from the global prefix of the application, as its `setGlobalPrefix(…, { exclude })` would. Must be
 * called before the host sets its prefix, as in the constructor of a module: Swagger reads the options before Nest
 * registers the routes.
 *
 * @returns the configuration without them
 */
export function excludeFromGlobalPrefix(
  config: ApplicationConfig,
  routes: readonly MountedRoute[],
): ApplicationConfig {
  const excluded = mapToExcludeRoute([...routes]);
  for (const { controller } of routes) excludedControllers.add(controller);
  const optionsOfHost = config.getGlobalPrefixOptions.bind(config);
  // The host's own call replaces the options, so ours are added whenever Nest reads them.
  config.getGlobalPrefixOptions = () => {
    const options = optionsOfHost();
    if (config.getGlobalPrefix() === '') return options;
    return { ...options, exclude: [...(options.exclude ?? []), ...excluded] };
  };
  return Object.create(config, {
    getGlobalPrefixOptions: { value: optionsOfHost },
  }) as ApplicationConfig;
}

/**
 * Nest excludes paths, whichever controller serves them. Must be called when every Gatehouse has excluded its own.
 *
 * @throws StartError naming the first route of the host that the exclusion of ours has moved
 */
export function refuseMovedRoutes(
  controllerRoutes: ControllerRoutes,
  configOfHost: ApplicationConfig,
): void {
  const served = controllerRoutes.all();
  for (const [index, route] of controllerRoutes.all(configOfHost).entries()) {
    const { method, path, controller, handlerName } = route;
    if (path === served[index]?.path || excludedControllers.has(controller)) continue;
    throw new StartError(
      `${controller.name}.${handlerName} (${method} ${path}) would lose the global prefix, because a route of Gatehouse has its path: set routePrefix, or give it another path`,
    );
  }
}
