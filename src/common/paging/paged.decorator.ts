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
import { PAGING_OPTIONS, type Page, type PagingOptions } from './pages.js';

/** The route that Express or Fastify has found, and its parameters. */
interface RoutedRequest {
  readonly query: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly route?: { readonly path: string };
  readonly routeOptions?: { readonly url?: string };
}

/** Sends a page as a bare array, with the address of the next page in `Link` (RFC 8288). */
@Injectable()
class PageInterceptor implements NestInterceptor<Page<unknown>, readonly unknown[]> {
  constructor(
    @Inject(PAGING_OPTIONS) private readonly options: PagingOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  intercept(
    context: ExecutionContext,
    handler: CallHandler<Page<unknown>>,
  ): Observable<readonly unknown[]> {
    const http = context.switchToHttp();
    const request = http.getRequest<RoutedRequest>();
    return handler.handle().pipe(
      map(({ items, next }) => {
        if (next) {
          const query = `limit=${next.limit}&cursor=${next.cursor}${filterOf(request)}`;
          const base = this.options.publicUrl ?? '';
          const link = `<${base}${encodeURI(routedPath(request))}?${query}>; rel="next"`;
          this.adapterHost.httpAdapter.setHeader(http.getResponse(), 'Link', link);
        }
        return items;
      }),
    );
  }
}

/** The other parameters, which have been validated: a cursor is valid only with them. */
function filterOf({ query }: RoutedRequest): string {
  const filter = new URLSearchParams(query);
  filter.delete('limit');
  filter.delete('cursor');
  return filter.size > 0 ? `&${filter.toString()}` : '';
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
