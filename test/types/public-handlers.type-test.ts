// Compiled by `npm run lint` and never run: the line after each `@ts-expect-error` must not compile.
import { applyDecorators, Get } from '@nestjs/common';
import { CurrentPrincipal, Public, type Principal } from '../../src/index.js';

const PublicGet = (path: string) => applyDecorators(Public(), Get(path));

export class Routes {
  @Public()
  // oxlint-disable-next-line typescript/no-explicit-any -- hosts have such parameters
  asksForNobody(_body: any, _id: string, _query?: { readonly limit: number }): void {}

  @Public()
  withUndefined(_id: string, @CurrentPrincipal() _principal: Principal | undefined): void {}

  @Public()
  optional(@CurrentPrincipal() _principal?: Principal): Promise<void> {
    return Promise.resolve();
  }

  @PublicGet('composed')
  composed(@CurrentPrincipal() _principal?: Principal): void {}

  // @ts-expect-error -- a public handler may have no principal
  @Public()
  certain(@CurrentPrincipal() _principal: Principal): void {}

  // @ts-expect-error -- a public handler may have no principal
  @Public()
  certainToo(_id: string, @CurrentPrincipal() _principal: Principal, _limit?: number): void {}
}
