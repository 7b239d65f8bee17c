import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { PIPES_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from '@jest/globals';
import { RequestValidationPipe } from '../common/validation/validation.pipe.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import { Guarded } from './guarded.decorator.js';
import type { Principal } from './principal.js';

@Guarded()
@Controller()
class Sample {
  @Post() body(@Body() body: object): object {
    return body;
  }
  @Get('query') query(@Query() query: object): object {
    return query;
  }
  @Get(':id') param(@Param('id') id: string): string {
    return id;
  }
  @Post('both') both(@CurrentPrincipal() principal: Principal, @Body() body: object): object[] {
    return [principal, body];
  }
  @Get('own') own(@CurrentPrincipal() principal: Principal): Principal {
    return principal;
  }
  @Get() nothing(): void {}
}

const pipesOf = (name: keyof Sample): unknown =>
  Reflect.getMetadata(PIPES_METADATA, Sample.prototype[name]);

describe('Guarded', () => {
  it.each(['body', 'query', 'param', 'both'] as const)(
    'validates what %s takes (S-126)',
    (name) => {
      expect(pipesOf(name)).toEqual([RequestValidationPipe]);
    },
  );

  it.each(['own', 'nothing'] as const)('has nothing to validate at %s', (name) => {
    expect(pipesOf(name)).toBeUndefined();
  });

  it('is not for a controller that inherits handlers, whose input it would not see (S-126)', () => {
    class Heir extends Sample {}
    expect(() => Guarded()(Heir)).toThrow('inherits');
  });
});
