import { checkedText } from './setting-types.js';

/** The sender of a letter; an empty name is none. */
export interface MailSender {
  readonly name: string;
  readonly address: string;
}

/** `address` or `Name <address>`. A dot at the beginning or end of the local part, or two in a row, needs quotes that nobody has. */
const SENDER =
  /^(?:(?<name>[^<>"]*?) ?<)?(?<address>[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?)(?<end>>)?$/u;

export const mailSender = checkedText((text) =>
  mailSenderOf(text) ? undefined : 'must be an address, or a name and an address in angle brackets',
);

/** @returns `undefined` for a text that {@link mailSender} refuses */
export function mailSenderOf(text: string): MailSender | undefined {
  if (/^\s|\s$|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return undefined;
  const { name, address = '', end } = SENDER.exec(text)?.groups ?? {};
  if (address === '' || (name === undefined) !== (end === undefined)) return undefined;
  return { name: name ?? '', address };
}
