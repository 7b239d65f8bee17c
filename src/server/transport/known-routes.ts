import { Injectable } from '@nestjs/common';
import { readsBody } from '../../common/handler-arguments.js';
import { ControllerRoutes } from '../../common/transport/controller-routes.js';
import { pathOf } from '../../common/transport/request-facts.js';

interface KnownRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly takesBody: boolean;
}

/** Knows what each path takes, read once from the controllers: its methods, and which of them a body. */
@Injectable()
export class KnownRoutes {
  private routes: readonly KnownRoute[] | undefined;

  constructor(private readonly controllerRoutes: ControllerRoutes) {}

  /** The methods of a path, in the order of declaration; empty when no controller knows it. Distinguishes 405 from 404. */
  methodsOf(url: string): string[] {
    const methods = this.routesAt(url).map((route) => route.method);
    if (methods.includes('GET')) methods.push('HEAD');
    return [...new Set(methods)];
  }

  /** Whether a route serves the path under this method, and takes no body. */
  takesNoBody(method: string, url: string): boolean {
    const declared = method === 'HEAD' ? 'GET' : method;
    return this.routesAt(url).find((route) => route.method === declared)?.takesBody === false;
  }

  private routesAt(url: string): readonly KnownRoute[] {
    this.routes ??= this.controllerRoutes
      .all()
      .map(({ method, path, controller, handlerName }) => ({
        method,
        pattern: toPattern(path),
        takesBody: readsBody(controller, handlerName),
      }));
    const path = pathOf(url);
    return this.routes.filter((route) => route.pattern.test(path));
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
