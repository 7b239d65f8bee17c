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
    'validates the input of the method %s (S-126)',
    (name) => {
      expect(pipesOf(name)).toEqual([RequestValidationPipe]);
    },
  );

  it.each(['own', 'nothing'] as const)('adds no pipe to the method %s', (name) => {
    expect(pipesOf(name)).toBeUndefined();
  });

  it('refuses a controller that inherits handlers, whose input it could not validate (S-126)', () => {
    class Inheriting extends Sample {}
    expect(() => Guarded()(Inheriting)).toThrow('inherits');
  });
});
