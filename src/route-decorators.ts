import { ACCESS_RULE } from './access/access-metadata.js';
import { StartError } from './common/errors/start.error.js';
import type { GatehouseSetup } from './gatehouse-options.js';

/**
 * The decorators of a host for our routes.
 *
 * @throws StartError when one is no decorator, or declares an access rule of ours: `@Public()` would open every route
 */
export function routeDecorators({
  routeDecorators: decorators = [],
}: GatehouseSetup): readonly MethodDecorator[] {
  const given: unknown = decorators;
  if (!Array.isArray(given) || !given.every((each) => typeof each === 'function')) {
    throw new StartError('GatehouseModule: option routeDecorators must be a list of decorators');
  }
  const probe = { value: () => undefined, writable: true, configurable: true };
  const decorated = Reflect.decorate([...decorators], {}, 'probe', probe) as typeof probe;
  if (Reflect.hasMetadata(ACCESS_RULE, decorated.value)) {
    throw new StartError(
      'GatehouseModule: option routeDecorators must not declare who may use our routes',
    );
  }
  return decorators;
}
