import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { DurableListeners } from '../events/durable-listeners.js';
import type { GatehouseEvent, GatehouseEventName } from '../events/gatehouse-event.js';
import { DurableJobs } from '../outbox/durable-jobs.js';
import { LetterSender } from './letter-sender.js';
import type { Occasion } from './letters/letter-writer.js';
import { MAIL_OPTIONS, type MailOptions } from './mail-options.js';
import { Occasions } from './occasions.js';
import { retryPause } from './retry-pause.js';

const LISTENER = 'gatehouse-mail';
/** For the second recipient of an event: the failure of one must not send the other's letter again. */
const SECOND_LISTENER = 'gatehouse-mail-creator';
const NEW_ADDRESS = 'mail-to-new-address';
/** How long a letter to a new address waits for the old address to be told. */
const NOTICE_LIMIT_MS = 60 * 60_000;

/**
 * Sends letters about events, each to one recipient. Where no mail is configured it listens to nothing, and no event is
 * stored (S-173).
 */
@Injectable()
export class MailListener implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(MAIL_OPTIONS) private readonly options: MailOptions,
    private readonly listeners: DurableListeners,
    private readonly jobs: DurableJobs,
    private readonly occasions: Occasions,
    private readonly sender: LetterSender,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    if (!this.options.mailer) return;
    const { occasions } = this;
    this.on('sign_up.repeated', (event) => occasions.ofUser('address_in_use', event));
    this.on('email.verification_requested', (e) => occasions.ofLink('email_verification', e));
    this.on('invitation.created', (event) => occasions.ofLink('invitation', event));
    this.on('password_reset.requested', (event) => occasions.ofLink('password_reset', event));
    this.on('password_reset.completed', (event) => occasions.ofUser('password_changed', event));
    this.on('password.changed', (e) => occasions.ofUser('password_changed', e), isNotByLink);
    this.on(
      'user.signed_in',
      (e) => occasions.ofUser('new_sign_in', e),
      (e) => e.isNewNetwork,
    );
    this.on('api_key.leaked', (event) => occasions.ofApiKey(event, 'owner'));
    const toCreator = (e: GatehouseEvent<'api_key.leaked'>) => occasions.ofApiKey(e, 'creator');
    this.on('api_key.leaked', toCreator, undefined, SECOND_LISTENER);
    this.listen('email.change_requested', (event) => this.tellOldAddress(event));
    const pause = { pauseAfter: retryPause };
    this.jobs.handle(NEW_ADDRESS, (facts) => this.askNewAddress(facts), pause);
  }

  /** After the outbox, which waits for the letters that are being sent. */
  onApplicationShutdown(): void {
    this.options.own?.close();
  }

  /** Sends the letter that `occasionOf` finds. */
  private on<Name extends GatehouseEventName>(
    name: Name,
    occasionOf: (event: GatehouseEvent<Name>) => Promise<Occasion | undefined>,
    accepts?: (event: GatehouseEvent<Name>) => boolean,
    listener?: string,
  ): void {
    const send = async (event: GatehouseEvent<Name>) => this.send(await occasionOf(event));
    this.listen(name, send, accepts, listener);
  }

  private listen<Name extends GatehouseEventName>(
    name: Name,
    run: (event: GatehouseEvent<Name>) => Promise<void>,
    accepts: (event: GatehouseEvent<Name>) => boolean = () => true,
    listener = LISTENER,
  ): void {
    this.listeners.add(listener, name, this, (event) => run(event as GatehouseEvent<Name>), {
      accepts: (event) => accepts(event as GatehouseEvent<Name>),
      pauseAfter: retryPause,
    });
  }

  private async send(occasion: Occasion | undefined): Promise<void> {
    if (occasion) await this.sender.send(occasion);
  }

  /**
   * Tells the old address first: once the new one has confirmed, nobody knows the old one any more. An old address that
   * cannot be reached does not hold up the change for longer than an hour.
   */
  private async tellOldAddress(event: GatehouseEvent<'email.change_requested'>): Promise<void> {
    const { id, at, userId, linkId } = event;
    if (!(await this.occasions.ofLink('email_change', event))) return;
    try {
      await this.send(await this.occasions.ofUser('email_change_notice', event));
    } catch (error) {
      if (this.clock.now() - at < NOTICE_LIMIT_MS) throw error;
    }
    await this.jobs.enqueue(NEW_ADDRESS, userId, { id, at: String(at), linkId });
  }

  private async askNewAddress(facts: Readonly<Record<string, string>>): Promise<void> {
    const { id = '', at, linkId = '' } = facts;
    await this.send(await this.occasions.ofLink('email_change', { id, at: Number(at), linkId }));
  }
}

/** A password that was set by a link is told about by another event, or not at all if it is the first one. */
function isNotByLink({ actorType }: GatehouseEvent<'password.changed'>): boolean {
  return actorType !== 'anonymous';
}
