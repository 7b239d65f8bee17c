import { expect, it } from '@jest/globals';
import { mailSender, mailSenderOf } from './mail-sender.js';

it.each([
  ['no-reply@example.com', '', 'no-reply@example.com'],
  ['Example <no-reply@example.com>', 'Example', 'no-reply@example.com'],
  ['Example, Ltd. <a.b+c@bücher.example>', 'Example, Ltd.', 'a.b+c@bücher.example'],
  ['<a@localhost>', '', 'a@localhost'],
])('MAIL_FROM takes %s', (text, name, address) => {
  expect(mailSender.check(text)).toBe(text);
  expect(mailSenderOf(text)).toEqual({ name, address });
});

it.each([
  '',
  'example.com',
  'a@example.com, b@example.com',
  'a@example.com <b@example.com',
  'Example a@example.com>',
  'Example <a@example.com> x',
  'Example <a@example.com><b@example.com>',
  '"Example" <a@example.com>',
  'a b@example.com',
  'a..b@example.com',
  'a@-example.com',
  'Example\r\nBcc: eve@example.com <a@example.com>',
  'Exam\u202Eple <a@example.com>',
  ' a@example.com',
])('MAIL_FROM refuses %j (S-141)', (text) => {
  expect(() => mailSender.check(text)).toThrow('must be an address');
});
