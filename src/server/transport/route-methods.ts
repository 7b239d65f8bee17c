import { Injectable } from '@nestjs/common';
import { ControllerRoutes } from '../../common/transport/controller-routes.js';
import { pathOf } from '../../common/transport/request-facts.js';

interface KnownRoute {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Knows the methods of each path, read once from the controllers; distinguishes 405 from 404. */
@Injectable()
export class RouteMethods {
  private routes: readonly KnownRoute[] | undefined;

  constructor(private readonly controllerRoutes: ControllerRoutes) {}

  /** The methods of a path, in the order of declaration; empty when no controller knows it. */
  allowedFor(url: string): string[] {
    this.routes ??= this.controllerRoutes
      .all()
      .map(({ method, path }) => ({ method, pattern: toPattern(path) }));
    const path = pathOf(url);
    const methods = this.routes
      .filter((route) => route.pattern.test(path))
      .map((route) => route.method);
    if (methods.includes('GET')) methods.push('HEAD');
    return [...new Set(methods)];
  }
}

function toPattern(path: string): RegExp {
  const source = path
    .slice(1)
    .split('/')
    .map((segment) =>
      segment.startsWith(':')
        ? '[^/]+'
        : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
    );
  return new RegExp(`^/${source.join('/')}$`);
}
