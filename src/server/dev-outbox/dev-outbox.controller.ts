import { Controller, Get, Header, Param, Req } from '@nestjs/common';
import { Public } from '../../access/public.decorator.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { ApiExcludeController } from '../../common/openapi/swagger.js';
import { rawRequest, type HttpRequest } from '../../common/transport/raw-request.js';
import { KeptLetters, type KeptLetter } from './kept-letters.js';
import { isOfThisMachine } from './local-requests.js';
import { LETTER_POLICY, letterPage, listPage, PAGE_POLICY } from './outbox-pages.js';

const HTML = 'text/html; charset=utf-8';

/** The pages of development that show each letter, to clients on this machine; to others there is no such route. */
@ApiExcludeController()
@Controller('dev/outbox')
export class DevOutboxController {
  constructor(private readonly letters: KeptLetters) {}

  @Get()
  @Public()
  @Header('Content-Type', HTML)
  @Header('Content-Security-Policy', PAGE_POLICY)
  async list(@Req() request: HttpRequest): Promise<string> {
    this.assertLocal(request);
    return listPage(await this.letters.list());
  }

  @Get(':id')
  @Public()
  @Header('Content-Type', HTML)
  @Header('Content-Security-Policy', PAGE_POLICY)
  async letter(@Req() request: HttpRequest, @Param('id') id: string): Promise<string> {
    return letterPage(await this.find(request, id));
  }

  @Get(':id/html')
  @Public()
  @Header('Content-Type', HTML)
  @Header('Content-Security-Policy', LETTER_POLICY)
  async html(@Req() request: HttpRequest, @Param('id') id: string): Promise<string> {
    return (await this.find(request, id)).html;
  }

  private async find(request: HttpRequest, id: string): Promise<KeptLetter> {
    this.assertLocal(request);
    const letter = await this.letters.find(id);
    if (!letter) throw new CodedException(ERROR.ROUTE_NOT_FOUND);
    return letter;
  }

  private assertLocal(request: HttpRequest): void {
    if (!isOfThisMachine(rawRequest(request))) throw new CodedException(ERROR.ROUTE_NOT_FOUND);
  }
}
