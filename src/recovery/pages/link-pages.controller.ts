import { Controller, Get, HttpStatus, Post, Res, UseFilters } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Guarded } from '../../access/guarded.decorator.js';
import { Public } from '../../access/public.decorator.js';
import { Client, type ClientFacts } from '../../common/client.decorator.js';
import { ApiExcludeController } from '../../common/openapi/swagger.js';
import type { Html } from './html.js';
import { LinkToken, SentForm, type LinkForm } from './link-input.js';
import { LinkPages } from './link-pages.js';
import { LinkPagesFilter } from './link-pages.filter.js';
import { PAGE_HEADERS } from './page.js';

/**
 * Pages for people: what they do, programs do by the routes under `/api/v1`. The answers are written here and not
 * returned, because the interceptors of a host may put what a handler returns into an envelope.
 */
@ApiExcludeController()
@UseFilters(LinkPagesFilter)
@Guarded()
@Controller('link')
export class LinkPagesController {
  constructor(
    private readonly pages: LinkPages,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Get('invitation')
  @Public()
  async invitation(@LinkToken() token: string, @Res() response: unknown): Promise<void> {
    this.send(response, await this.pages.show('invitation', token));
  }

  @Post('invitation')
  @Public()
  async accept(
    @SentForm() form: LinkForm,
    @Client() client: ClientFacts,
    @Res() response: unknown,
  ): Promise<void> {
    this.send(response, await this.pages.setPassword('invitation', form, client));
  }

  @Get('reset')
  @Public()
  async reset(@LinkToken() token: string, @Res() response: unknown): Promise<void> {
    this.send(response, await this.pages.show('reset', token));
  }

  @Post('reset')
  @Public()
  async setPassword(
    @SentForm() form: LinkForm,
    @Client() client: ClientFacts,
    @Res() response: unknown,
  ): Promise<void> {
    this.send(response, await this.pages.setPassword('reset', form, client));
  }

  @Get('verification')
  @Public()
  async verification(@LinkToken() token: string, @Res() response: unknown): Promise<void> {
    this.send(response, await this.pages.show('verification', token));
  }

  @Post('verification')
  @Public()
  async verify(
    @SentForm() form: LinkForm,
    @Client() client: ClientFacts,
    @Res() response: unknown,
  ): Promise<void> {
    this.send(response, await this.pages.confirm('verification', form, client));
  }

  @Get('email_change')
  @Public()
  async emailChange(@LinkToken() token: string, @Res() response: unknown): Promise<void> {
    this.send(response, await this.pages.show('email_change', token));
  }

  @Post('email_change')
  @Public()
  async changeEmail(
    @SentForm() form: LinkForm,
    @Client() client: ClientFacts,
    @Res() response: unknown,
  ): Promise<void> {
    this.send(response, await this.pages.confirm('email_change', form, client));
  }

  private send(response: unknown, { text }: Html): void {
    const { httpAdapter } = this.adapterHost;
    for (const [name, value] of Object.entries(PAGE_HEADERS)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, text, HttpStatus.OK);
  }
}
