import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from '@jest/globals';
import { InputGuard } from '../common/handler-arguments.js';
import { ResourceId } from '../common/resource-id.decorator.js';
import { ValidBody, ValidQuery } from '../common/validation/valid-input.decorator.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import { Guarded } from './guarded.decorator.js';
import { VerifiedPrincipal } from './verified-principal.decorator.js';

@Guarded()
@Controller()
class Sample {
  @Post() body(@ValidBody() body: object): object {
    return body;
  }
  @Get('query') query(@ValidQuery() query: object): object {
    return query;
  }
  @Get(':id') id(@ResourceId() id: string): string {
    return id;
  }
  @Post('both') both(@VerifiedPrincipal() principal: object, @ValidBody() body: object): object[] {
    return [principal, body];
  }
  @Get('own') own(@VerifiedPrincipal() principal: object): object {
    return principal;
  }
  @Get('raw') raw(@Req() request: object, @Res({ passthrough: true }) response: object): object[] {
    return [request, response];
  }
  @Get() nothing(): void {}
}

const guardsOf = (name: keyof Sample): unknown =>
  Reflect.getMetadata(GUARDS_METADATA, Sample.prototype[name]);

describe('Guarded', () => {
  it.each(['body', 'query', 'id', 'both'] as const)(
    'reads the input of the method %s after the guards (S-126)',
    (name) => {
      expect(guardsOf(name)).toEqual([expect.any(InputGuard)]);
    },
  );

  it.each(['own', 'raw', 'nothing'] as const)('adds no guard to the method %s', (name) => {
    expect(guardsOf(name)).toBeUndefined();
  });

  it.each([
    ['@Body()', Body()],
    ['@Query()', Query()],
    ['@Param()', Param('id')],
    ['a custom decorator', CurrentPrincipal()],
  ])('refuses a parameter that the global pipes of a host would change: %s (S-208)', (_, piped) => {
    class Piped {
      list(): void {}
    }
    piped(Piped.prototype, 'list', 0);
    expect(() => Guarded()(Piped)).toThrow('list has a parameter');
  });

  it('refuses a controller that inherits handlers, whose input it could not validate (S-126)', () => {
    class Inheriting extends Sample {}
    expect(() => Guarded()(Inheriting)).toThrow('inherits');
  });
});
