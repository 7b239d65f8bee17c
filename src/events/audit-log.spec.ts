import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SetClock } from '../../test/support/unit.js';
import { createLogger, type LoggerOptions } from '../server/logging/create-logger.js';
import { AuditLog } from './audit-log.js';
import { EventBus } from './event-bus.js';
import type { NewEvent } from './gatehouse-event.js';

afterEach(() => {
  jest.restoreAllMocks();
  Logger.overrideLogger(true);
});

/** What the process writes while `work` logs through the real logger. */
function written(options: LoggerOptions, work: () => void): string {
  let output = '';
  const collect = (chunk: unknown) => {
    output += String(chunk);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(collect);
  jest.spyOn(process.stderr, 'write').mockImplementation(collect);
  Logger.overrideLogger(createLogger(options));
  work();
  jest.restoreAllMocks();
  return output;
}

const record = (event: NewEvent) => () => {
  const bus = new EventBus(new SetClock());
  void new AuditLog(bus);
  bus.publish(event);
};
const TEXT: LoggerOptions = { isJson: false, level: 'log' };
const JSON_LINES: LoggerOptions = { isJson: true, level: 'log' };

const HOSTILE = [
  'a\nb',
  'a\r\nb',
  'a\rb',
  '\u001b[2K\u001b[1A forged',
  '\u001b]0;title\u0007',
  '\u009b2J',
  '\u0085next line',
  'a\u2028b\u2029c',
  'a\0b',
  'a\u007fb\bc',
  '" userId="someone-else',
  '\\" userId=\\"someone-else',
  '\u202eabc',
  '\u{e0001}tag',
];

describe('AuditLog', () => {
  it.each(HOSTILE)('writes %j of a client as one line that forges nothing (S-150)', (hostile) => {
    for (const options of [TEXT, JSON_LINES]) {
      const output = written(
        options,
        record({ name: 'sign_in.failed', clientAddress: hostile, reason: 'wrong password' }),
      );
      // Printable ASCII and what stands in addresses of any script; the line feed at the end is ours.
      expect(output.slice(0, -1)).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
      expect(output.endsWith('\n')).toBe(true);
      expect(output).not.toMatch(/[^\\]" userId="/);
    }
  });

  it.each(HOSTILE)('keeps %j readable as the value it was (S-150)', (hostile) => {
    const output = written(JSON_LINES, record({ name: 'sign_in.failed', clientAddress: hostile }));
    const { message, context } = JSON.parse(output) as { message: string; context: string };
    expect(context).toBe('Audit');
    const [, value = ''] = /^sign_in\.failed clientAddress=(".*")$/s.exec(message) ?? [];
    expect(JSON.parse(value)).toBe(hostile);
  });

  it('names event, actor, account, session, address and reason, and leaves out what is unknown', () => {
    const event: NewEvent = {
      name: 'session.revoked',
      accountId: 'a',
      userId: undefined,
      apiKeyId: undefined,
      sessionId: 's',
      clientAddress: '192.0.2.1',
      reason: 'asked for',
    };
    const output = written(TEXT, record(event));
    expect(output).toContain(
      'session.revoked accountId="a" sessionId="s" clientAddress="192.0.2.1" reason="asked for"',
    );
    expect(output).not.toContain('userId');
    expect(output.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each<[NewEvent, string]>([
    [
      { name: 'user.signed_in', accountId: 'a', userId: 'u', sessionId: 's', clientAddress: '' },
      'sign_in.succeeded accountId="a" userId="u" sessionId="s" clientAddress="unknown"',
    ],
    [
      { name: 'api_key.signed_in', accountId: 'a', apiKeyId: 'k', sessionId: 's' },
      'sign_in.succeeded accountId="a" apiKeyId="k" sessionId="s"',
    ],
    [
      { name: 'user.changed', accountId: 'a', actorId: 'b', userId: 'u', reason: 'role' },
      'user.changed accountId="a" actorId="b" targetId="u" reason="role"',
    ],
    [
      { name: 'owner.changed', accountId: 'a', actorId: 'b', userId: 'u' },
      'owner.changed accountId="a" actorId="b" targetId="u"',
    ],
    [
      { name: 'role.deleted', accountId: 'a', actorId: 'b', roleId: 'r' },
      'role.deleted accountId="a" actorId="b" targetId="r"',
    ],
    [
      { name: 'password.changed', accountId: 'a', userId: 'u' },
      'password.changed accountId="a" userId="u"',
    ],
  ])('writes %j as %s', (event, line) => {
    const { message } = JSON.parse(written(JSON_LINES, record(event))) as { message: string };
    expect(message).toBe(line);
  });
});

const start = () => new Logger('RoutesResolver').log('AuthController {/oauth}');

describe('createLogger', () => {
  it('writes one JSON object a line, whatever the message holds (S-150)', () => {
    for (const hostile of HOSTILE) {
      const output = written(JSON_LINES, () =>
        new Logger('Errors').error(hostile, `stack ${hostile}`),
      );
      expect(output.trimEnd().split('\n')).toHaveLength(1);
      expect(JSON.parse(output)).toMatchObject({
        level: 'error',
        message: hostile,
        context: 'Errors',
      });
    }
  });

  it('writes no escape sequence of its own where nobody looks at a terminal (S-150)', () => {
    const output = written(TEXT, () => new Logger('Errors').warn('x'));
    expect(output).not.toContain('\u001b');
  });

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['log', ['error', 'warn', 'log']],
    ['debug', ['error', 'warn', 'log', 'debug']],
  ] as const)('writes at level %s: %j', (level, expected) => {
    for (const isJson of [true, false]) {
      const levels = ['error', 'warn', 'log', 'debug'] as const;
      const shown = levels.filter(
        (each) => written({ isJson, level }, () => new Logger('X')[each]('message')) !== '',
      );
      expect(shown).toEqual(expected);
    }
  });

  it('is quiet about the start of the framework, unless asked', () => {
    expect(written(TEXT, start)).toBe('');
    expect(written({ isJson: false, level: 'debug' }, start)).toContain('AuthController');
  });
});
