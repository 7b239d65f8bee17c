import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import type { Html } from './html.js';

/** A form that is shown again, because the link is right and what was entered is not. */
export class RefusedForm extends CodedException {
  constructor(
    readonly page: Html,
    cause?: CodedException,
  ) {
    super(ERROR.REQUEST_INVALID, { cause });
  }
}
