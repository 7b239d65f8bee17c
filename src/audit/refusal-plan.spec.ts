import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AuditEntry } from '../events/audit-entry.js';
import { RefusalPlanner } from './refusal-plan.js';

const MINUTE = Date.UTC(2026, 0, 1);

const entry = (facts: Partial<AuditEntry> = {}): AuditEntry => ({
  id: randomUUID(),
  at: MINUTE,
  event: 'access.denied',
  outcome: 'failure',
  actorType: 'user',
  actorId: 'u',
  accountId: 'a',
  targetId: 't',
  userId: undefined,
  apiKeyId: undefined,
  sessionId: undefined,
  clientAddress: '192.0.2.1',
  requestId: randomUUID(),
  reason: 'needs users:write',
  ...facts,
});

function planning() {
  const planner = new RefusalPlanner();
  return (...entries: AuditEntry[]) => {
    const plan = planner.plan(entries);
    planner.remember(plan);
    return {
      records: plan.records,
      counts: plan.counts.map(({ counterKey, occurrences }) => [counterKey, occurrences] as const),
      counted: plan.counts,
    };
  };
}

describe('RefusalPlanner', () => {
  it('gives a refusal a row, and counts those that repeat it within the minute (S-147)', () => {
    const plan = planning();
    const [first, second] = [entry(), entry()];
    expect(plan(first, second)).toMatchObject({ records: [first], counts: [[first.id, 1]] });
    expect(plan(entry(), entry())).toMatchObject({ records: [], counts: [[first.id, 2]] });
    const next = entry({ at: MINUTE + 60_000 });
    expect(plan(next)).toMatchObject({ records: [next], counts: [] });
  });

  it('gives each failed sign-in a row, however alike they are, because a limit keeps them few (S-147)', () => {
    const plan = planning();
    const failed = Array.from({ length: 5 }, () => entry({ event: 'sign_in.failed' }));
    expect(plan(...failed.slice(0, 3)).records).toHaveLength(3);
    expect(plan(...failed.slice(3))).toMatchObject({ records: failed.slice(3), counts: [] });
  });

  it.each<Partial<AuditEntry>>([
    { event: 'password.refused' },
    { actorId: 'v' },
    { targetId: 'x' },
    { clientAddress: '192.0.2.2' },
    { reason: 'needs roles:write' },
    { accountId: 'b' },
  ])('gives a refusal with %j a row of its own (S-147)', (facts) => {
    const plan = planning();
    plan(entry());
    expect(plan(entry(facts))).toMatchObject({ records: [facts], counts: [] });
  });

  it('does not take a row for stored whose transaction failed (S-144)', () => {
    const planner = new RefusalPlanner();
    planner.plan([entry()]);
    expect(planner.plan([entry()]).records).toHaveLength(1);
  });

  it('counts refusals without an account together, whatever their address (S-147)', () => {
    const plan = planning();
    const unknown = { event: 'sign_in.failed', accountId: undefined, targetId: undefined };
    const entries = Array.from({ length: 1000 }, (_, each) =>
      entry({ ...unknown, clientAddress: `2001:db8::${each}`, reason: 'unknown address' }),
    );
    const { records, counted } = plan(...entries);
    expect(records).toEqual([]);
    expect(counted).toMatchObject([
      { event: 'sign_in.failed', accountId: '', reason: 'unknown address', occurrences: 1000 },
    ]);
  });

  it('gives a limit that begins a row, without an account too (S-147)', () => {
    const plan = planning();
    const limited = entry({ event: 'sign_in.throttled', accountId: undefined });
    expect(plan(limited).records).toEqual([limited]);
  });

  it('counts what one actor is refused beyond 100 times a minute, however the targets differ (S-147)', () => {
    const plan = planning();
    const probes = Array.from({ length: 300 }, (_, each) => entry({ targetId: `t${each}` }));
    const { records, counted } = plan(...probes);
    expect(records).toHaveLength(100);
    expect(counted).toMatchObject([{ event: 'access.denied', accountId: 'a', occurrences: 200 }]);
    expect(plan(entry({ actorId: 'other' })).records).toHaveLength(1);
  });

  it('tells at most 1,000 reasons apart, so that no client can make counters without end (S-147)', () => {
    const plan = planning();
    const entries = Array.from({ length: 3000 }, (_, each) =>
      entry({ accountId: undefined, reason: `reason ${each}` }),
    );
    expect(plan(...entries).counted).toHaveLength(1001);
  });
});
