import { describe, expect, it } from '@jest/globals';
import { eventOf, SetClock } from '../../test/support/unit.js';
import { DurableListeners } from '../events/durable-listeners.js';
import type { GatehouseEvent } from '../events/gatehouse-event.js';
import type { DurableJobs } from '../outbox/durable-jobs.js';
import type { LetterSender } from './letter-sender.js';
import type { Occasion } from './letters/letter-writer.js';
import { MailListener } from './mail-listener.js';
import type { MailOptions } from './mail-options.js';
import type { Occasions } from './occasions.js';

const HOUR_MS = 3_600_000;

function listening({ hasMailer = true, send = (_kind: string): void => undefined } = {}) {
  const listeners = new DurableListeners();
  const clock = new SetClock();
  const sent: string[] = [];
  const stored: object[] = [];
  const jobs = new Map<string, (facts: Readonly<Record<string, string>>) => Promise<void>>();
  const options = { mailer: hasMailer ? { send } : null, own: null } as unknown as MailOptions;
  const mailListener = new MailListener(
    options,
    listeners,
    {
      handle: (name: string, run: (facts: object) => Promise<void>) => jobs.set(name, run),
      enqueue: (_name: string, _subject: string, facts: object) =>
        Promise.resolve(void stored.push(facts)),
    } as unknown as DurableJobs,
    {
      ofUser: (kind: string) => Promise.resolve({ kind }),
      ofLink: (kind: string) => Promise.resolve({ kind }),
      ofApiKey: (_event: object, recipient: string) => Promise.resolve({ kind: recipient }),
    } as unknown as Occasions,
    {
      send: async ({ kind }: Occasion) => {
        await Promise.resolve(send(kind));
        sent.push(kind);
      },
    } as unknown as LetterSender,
    clock,
  );
  mailListener.onModuleInit();
  const deliver = (event: GatehouseEvent) =>
    Promise.all(listeners.namesFor(event).map((name) => listeners.find(name, event.name)?.(event)));
  return { listeners, jobs, sent, stored, clock, deliver };
}

describe('MailListener', () => {
  it('listens to nothing without a mailer, so that no event is stored', () => {
    const { listeners, jobs } = listening({ hasMailer: false });
    expect([listeners.names, jobs.size]).toEqual([[], 0]);
  });

  it('tells of a reset once, and not of a first password', async () => {
    const { listeners, sent, deliver } = listening();
    const byLink = { actorId: 'anonymous', actorType: 'anonymous' } as const;
    expect(listeners.namesFor({ ...eventOf('password.changed'), ...byLink })).toEqual([]);
    await deliver({ ...eventOf('password_reset.completed'), ...byLink });
    await deliver(eventOf('password.changed'));
    expect(sent).toEqual(['password_changed', 'password_changed']);
  });

  it('stores no sign-in from a familiar network', () => {
    const { listeners } = listening();
    const signedIn = eventOf('user.signed_in') as GatehouseEvent<'user.signed_in'>;
    const namesFor = (isNewNetwork: boolean) => listeners.namesFor({ ...signedIn, isNewNetwork });
    expect([namesFor(false), namesFor(true)]).toEqual([[], ['gatehouse-mail']]);
  });

  it('writes to the two recipients of a leaked key by two listeners', async () => {
    const { listeners, sent, deliver } = listening();
    const event = eventOf('api_key.leaked');
    expect(listeners.namesFor(event)).toEqual(['gatehouse-mail', 'gatehouse-mail-creator']);
    await deliver(event);
    expect(sent.toSorted()).toEqual(['creator', 'owner']);
  });

  it('asks a new address only once the old one was told, or could not be told for an hour', async () => {
    let isAway = true;
    const { sent, stored, clock, jobs, deliver } = listening({
      send: (kind) => {
        if (isAway && kind === 'email_change_notice') throw new Error('away');
      },
    });
    const event = {
      ...eventOf('email.change_requested'),
      at: clock.now(),
      linkId: 'link-1',
    } as GatehouseEvent;
    await expect(deliver(event)).rejects.toThrow('away');
    expect([sent, stored]).toEqual([[], []]);
    await deliver({ ...event, at: clock.now() - HOUR_MS });
    expect([sent, stored.length]).toEqual([[], 1]);
    isAway = false;
    await deliver(event);
    expect(sent).toEqual(['email_change_notice']);
    const facts = { id: 'event-1', at: String(event.at), linkId: 'link-1' };
    expect(stored.slice(1)).toEqual([facts]);
    await jobs.get('mail-to-new-address')?.(facts);
    expect(sent).toEqual(['email_change_notice', 'email_change']);
  });
});
