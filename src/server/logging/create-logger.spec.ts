import { Logger } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { HOSTILE, JSON_LINES, outputOf, TEXT } from '../../../test/support/log-output.js';

const start = () => new Logger('RoutesResolver').log('AuthController {/oauth}');

describe('createLogger', () => {
  it('writes one JSON object per line, whatever the message contains (S-150)', () => {
    for (const hostile of HOSTILE) {
      const output = outputOf(JSON_LINES, () =>
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

  it('writes no escape sequence when the output is no terminal (S-150)', () => {
    const output = outputOf(TEXT, () => new Logger('Errors').warn('x'));
    expect(output).not.toContain('\u001b');
  });

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['log', ['error', 'warn', 'log']],
    ['debug', ['error', 'warn', 'log', 'debug']],
  ] as const)('at level %s writes %j', (level, expected) => {
    for (const isJson of [true, false]) {
      const levels = ['error', 'warn', 'log', 'debug'] as const;
      const shown = levels.filter(
        (each) => outputOf({ isJson, level }, () => new Logger('X')[each]('message')) !== '',
      );
      expect(shown).toEqual(expected);
    }
  });

  it('logs the start of the framework only at level debug', () => {
    expect(outputOf(TEXT, start)).toBe('');
    expect(outputOf({ isJson: false, level: 'debug' }, start)).toContain('AuthController');
  });
});
