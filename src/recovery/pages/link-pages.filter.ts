import { Catch, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { GuardedExceptionFilter } from '../../access/guarded-exception.filter.js';
import type { ErrorAnswer } from '../../common/errors/coded-exception.filter.js';
import type { CodedException } from '../../common/errors/coded.exception.js';
import { pathOf, requestFacts } from '../../common/transport/request-facts.js';
import { LINK_PURPOSES } from '../../links/link-purpose.js';
import { refusalPage } from './messages.js';
import { PAGE_HEADERS } from './page.js';
import { RefusedForm } from './refused-form.exception.js';

/** Answers every refusal at the pages of links with a page, under the status of the catalogue. */
@Catch()
@Injectable()
export class LinkPagesFilter extends GuardedExceptionFilter {
  protected override answerOf(exception: CodedException, request: IncomingMessage): ErrorAnswer {
    return { headers: PAGE_HEADERS, body: this.pageOf(exception, request).text };
  }

  private pageOf(exception: CodedException, request: IncomingMessage) {
    if (exception instanceof RefusedForm) return exception.page;
    const name = pathOf(request.url ?? '')
      .split('/')
      .at(-1);
    const purpose = LINK_PURPOSES.find((each) => each === name);
    return refusalPage(exception.entry, purpose, requestFacts(request).id);
  }
}
