import type { ApplicationConfig } from '@nestjs/core';
// What Nest's own setGlobalPrefix does with `exclude`.
import { mapToExcludeRoute } from '@nestjs/core/middleware/utils.js';
import type { MountedRoute } from '../assembly.js';

/**
 * Excludes routes from the global prefix of the application, as its `setGlobalPrefix(…, { exclude })` would. Must be
 * called from `configure` of a module: after the host has set its prefix, and before Nest registers the routes.
 */
export function excludeFromGlobalPrefix(
  config: ApplicationConfig,
  routes: readonly MountedRoute[],
): void {
  if (config.getGlobalPrefix() === '') return;
  const options = config.getGlobalPrefixOptions();
  const excluded = mapToExcludeRoute([...routes]);
  // Nest has passed the host's own list on already, so ours are added to it.
  if (options.exclude) options.exclude.push(...excluded);
  else config.setGlobalPrefixOptions({ ...options, exclude: excluded });
}
