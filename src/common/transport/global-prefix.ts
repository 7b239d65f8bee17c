import type { ApplicationConfig } from '@nestjs/core';
// What Nest's own setGlobalPrefix does with `exclude`.
import { mapToExcludeRoute } from '@nestjs/core/middleware/utils.js';
import type { MountedRoute } from '../assembly.js';

/**
 * Excludes routes from the global prefix of the application, as its `setGlobalPrefix(…, { exclude })` would. Must be
 * called before the host sets its prefix, as in the constructor of a module: Swagger reads the options before Nest
 * registers the routes.
 */
export function excludeFromGlobalPrefix(
  config: ApplicationConfig,
  routes: readonly MountedRoute[],
): void {
  const excluded = mapToExcludeRoute([...routes]);
  const optionsOfHost = config.getGlobalPrefixOptions.bind(config);
  // The host's own call replaces the options, so ours are added whenever Nest reads them.
  config.getGlobalPrefixOptions = () => {
    const options = optionsOfHost();
    if (config.getGlobalPrefix() === '') return options;
    return { ...options, exclude: [...(options.exclude ?? []), ...excluded] };
  };
}
