import { describe, expect, it } from '@jest/globals';
import { HOSTILE, JSON_LINES, outputOf, TEXT } from '../../test/support/log-output.js';
import { SetClock } from '../../test/support/unit.js';
import { AuditLog } from './audit-log.js';
import { EventBus } from './event-bus.js';
import { ANONYMOUS, SYSTEM, type NewEvent } from './gatehouse-event.js';

const record = (event: NewEvent) => () => {
  const bus = new EventBus(new SetClock());
  void new AuditLog(bus);
  bus.publish([{ ...event, id: 'event-1', at: new SetClock().now() }]);
};

const hostileEvent = (hostile: string): NewEvent => ({
  name: 'sign_in.failed',
  ...ANONYMOUS,
  clientAddress: hostile,
  requestId: hostile,
  reason: 'wrong password',
});

describe('AuditLog', () => {
  it.each(HOSTILE)(
    'writes the client value %j in one line, without forged facts (S-150)',
    (hostile) => {
      for (const options of [TEXT, JSON_LINES]) {
        const output = outputOf(options, record(hostileEvent(hostile)));
        // No control, format or separator characters, except the line feed that ends the line.
        expect(output.slice(0, -1)).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
        expect(output.endsWith('\n')).toBe(true);
        expect(output).not.toMatch(/[^\\]" userId="/);
      }
    },
  );

  it.each(HOSTILE)('writes %j so that its value can be read back (S-150)', (hostile) => {
    const line: unknown = JSON.parse(outputOf(JSON_LINES, record(hostileEvent(hostile))));
    expect(line).toMatchObject({ context: 'Audit', message: 'sign_in.failed' });
    expect(line).toMatchObject({ clientAddress: hostile, requestId: hostile });
    const [, value = ''] =
      /clientAddress=(".*") requestId=/s.exec(outputOf(TEXT, record(hostileEvent(hostile)))) ?? [];
    expect(JSON.parse(value)).toBe(hostile);
  });

  it('writes time, event, outcome, actor, account, target, address, request and reason (S-148)', () => {
    const event: NewEvent = {
      name: 'user.changed',
      accountId: 'a',
      actorId: 'k',
      actorType: 'api_key',
      userId: 'u',
      clientAddress: '192.0.2.1',
      requestId: 'r',
      reason: 'role',
    };
    expect(outputOf(TEXT, record(event))).toContain(
      'user.changed outcome="success" at="2026-01-01T00:00:00.000Z" actorType="api_key" actorId="k" accountId="a" targetId="u" clientAddress="192.0.2.1" requestId="r" reason="role"\n',
    );
    expect(JSON.parse(outputOf(JSON_LINES, record(event)))).toEqual({
      level: 'log',
      pid: process.pid,
      timestamp: expect.any(Number),
      message: 'user.changed',
      context: 'Audit',
      outcome: 'success',
      at: '2026-01-01T00:00:00.000Z',
      actorType: 'api_key',
      actorId: 'k',
      accountId: 'a',
      targetId: 'u',
      clientAddress: '192.0.2.1',
      requestId: 'r',
      reason: 'role',
    });
  });

  it('is silenced by no level of the log (S-148)', () => {
    for (const level of ['debug', 'log', 'warn', 'error'] as const) {
      for (const isJson of [true, false]) {
        const event = { name: 'account.changed', accountId: 'a', ...SYSTEM } as const;
        expect(outputOf({ isJson, level }, record(event))).toContain('account.changed');
      }
    }
  });

  const user = { accountId: 'a', actorId: 'u', actorType: 'user' } as const;
  const byUser = 'actorType="user" actorId="u" accountId="a"';
  it.each<[NewEvent, string]>([
    [
      {
        name: 'user.signed_in',
        ...user,
        userId: 'u',
        sessionId: 's',
        isNewNetwork: false,
        clientAddress: '',
      },
      `sign_in.succeeded outcome="success" ${byUser} userId="u" sessionId="s" clientAddress="unknown" requestId="none"`,
    ],
    [
      { name: 'api_key.signed_in', ...user, apiKeyId: 'k', sessionId: 's' },
      `sign_in.succeeded outcome="success" ${byUser} apiKeyId="k" sessionId="s" clientAddress="none" requestId="none"`,
    ],
    [
      { name: 'owner.changed', ...user, userId: 'v' },
      `owner.changed outcome="success" ${byUser} targetId="v" clientAddress="none" requestId="none"`,
    ],
    [
      { name: 'role.deleted', ...user, roleId: 'r' },
      `role.deleted outcome="success" ${byUser} targetId="r" clientAddress="none" requestId="none"`,
    ],
    [
      { name: 'password.refused', ...user, userId: 'u' },
      `password.refused outcome="failure" ${byUser} userId="u" clientAddress="none" requestId="none"`,
    ],
    [
      { name: 'access.denied', ...user, targetId: undefined, requestId: 'r', reason: 'needs send' },
      `access.denied outcome="failure" ${byUser} clientAddress="none" requestId="r" reason="needs send"`,
    ],
    [
      { name: 'api_key.refused', ...ANONYMOUS, apiKeyId: undefined, reason: 'unknown API key' },
      'api_key.refused outcome="failure" actorType="anonymous" actorId="anonymous" clientAddress="none" requestId="none" reason="unknown API key"',
    ],
  ])('writes %j as %s', (event, line) => {
    const output = outputOf(TEXT, record(event));
    expect(output.replace(/ at="[^"]*"/, '')).toContain(`[Audit] ${line}\n`);
  });
});
