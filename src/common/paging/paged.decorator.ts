import {
  applyDecorators,
  Inject,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiOkResponse } from '../openapi/swagger.js';
import { map, type Observable } from 'rxjs';
import type { PageQuery } from './page-query.js';
import { PAGING_OPTIONS, type Page, type PagingOptions } from './pages.js';

/** A page with the query of its request as it was validated: a host's interceptor may have changed that of the request. */
export interface FilteredPage<T> extends Page<T> {
  readonly query?: PageQuery;
}

/** The route that Express or Fastify has found, and its parameters. */
interface RoutedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly route?: { readonly path: string };
  readonly routeOptions?: { readonly url?: string };
}

/** Sends a page as a bare array, with the address of the next page in `Link` (RFC 8288). */
@Injectable()
class PageInterceptor implements NestInterceptor<FilteredPage<unknown>, readonly unknown[]> {
  constructor(
    @Inject(PAGING_OPTIONS) private readonly options: PagingOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  intercept(
    context: ExecutionContext,
    handler: CallHandler<FilteredPage<unknown>>,
  ): Observable<readonly unknown[]> {
    const http = context.switchToHttp();
    const request = http.getRequest<RoutedRequest>();
    return handler.handle().pipe(
      map(({ items, next, query = {} }) => {
        if (next) {
          const parameters = `limit=${next.limit}&cursor=${next.cursor}${filterOf(query)}`;
          const base = this.options.publicUrl ?? '';
          const link = `<${base}${encodeURI(routedPath(request))}?${parameters}>; rel="next"`;
          this.adapterHost.httpAdapter.setHeader(http.getResponse(), 'Link', link);
        }
        return items;
      }),
    );
  }
}

/** The other parameters: a cursor is valid only with them. */
function filterOf({ limit: _limit, cursor: _cursor, ...filter }: PageQuery): string {
  const given = Object.entries<string | undefined>(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [`&${name}=${encodeURIComponent(value)}`],
  );
  return given.join('');
}

/** The path of the route itself: a client can write the request target in other forms, with another host in it. */
function routedPath({ params, route, routeOptions }: RoutedRequest): string {
  const path = routeOptions?.url ?? route?.path ?? '';
  return path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? '');
}

/** Marks a route that returns a {@link Page} of `view`. */
export function Paged(view: new () => unknown): MethodDecorator {
  return applyDecorators(
    UseInterceptors(PageInterceptor),
    ApiOkResponse({
      type: view,
      isArray: true,
      headers: {
        Link: {
          description: 'The next page, `rel="next"` (RFC 8288); absent on the last one',
          schema: { type: 'string' },
        },
      },
    }),
  );
}
