import { describe, expect, it } from '@jest/globals';
import { HOSTILE, JSON_LINES, outputOf, TEXT } from '../../test/support/log-output.js';
import { SetClock } from '../../test/support/unit.js';
import { AuditLog } from './audit-log.js';
import { EventBus } from './event-bus.js';
import type { NewEvent } from './gatehouse-event.js';

const record = (event: NewEvent) => () => {
  const bus = new EventBus(new SetClock());
  void new AuditLog(bus);
  bus.publish(event);
};

describe('AuditLog', () => {
  it.each(HOSTILE)(
    'writes the client value %j in one line, without forged facts (S-150)',
    (hostile) => {
      for (const options of [TEXT, JSON_LINES]) {
        const output = outputOf(
          options,
          record({ name: 'sign_in.failed', clientAddress: hostile, reason: 'wrong password' }),
        );
        // No control, format or separator characters, except the line feed that ends the line.
        expect(output.slice(0, -1)).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
        expect(output.endsWith('\n')).toBe(true);
        expect(output).not.toMatch(/[^\\]" userId="/);
      }
    },
  );

  it.each(HOSTILE)('writes %j so that its value can be read back (S-150)', (hostile) => {
    const output = outputOf(JSON_LINES, record({ name: 'sign_in.failed', clientAddress: hostile }));
    const { message, context } = JSON.parse(output) as { message: string; context: string };
    expect(context).toBe('Audit');
    const [, value = ''] = /^sign_in\.failed clientAddress=(".*")$/s.exec(message) ?? [];
    expect(JSON.parse(value)).toBe(hostile);
  });

  it('names event, account, session, address and reason, and omits unknown facts', () => {
    const event: NewEvent = {
      name: 'session.revoked',
      accountId: 'a',
      userId: undefined,
      apiKeyId: undefined,
      sessionId: 's',
      clientAddress: '192.0.2.1',
      reason: 'asked for',
    };
    const output = outputOf(TEXT, record(event));
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
    const { message } = JSON.parse(outputOf(JSON_LINES, record(event))) as { message: string };
    expect(message).toBe(line);
  });
});
