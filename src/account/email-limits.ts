import { Injectable } from '@nestjs/common';
import { networkOf } from '../http/client-ip.js';
import type { CallingActor } from '../http/current-actor.decorator.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { emailKey } from '../users/identifiers.js';

/** By what an account may know a caller who asks for more than strangers may. */
export interface KnownBy {
  /** The accounts that their browser was signed in to, and when: milliseconds since 1970. */
  accounts: { id: string; seenAt: number }[];
  /** What stands for their network. */
  networks: string[];
}

/** What a request for a reset is good for. */
export interface ResetAllowance {
  /** A new link, whatever links there are: the first in half an hour. */
  isNew: boolean;
  /** Above what strangers may: for accounts alone whose proven address it is, and that know the caller. */
  knownBy?: KnownBy;
}

/**
 * How many emails people can have sent (ATTACKS A54). An address is counted the same whether it has accounts or
 * not (ASVS 6.3.8). Above its limits the answer stays as it is, and nothing is sent. So a stranger who uses
 * them up takes nothing away from an owner (ATTACKS A25).
 */
@Injectable()
export class EmailLimits {
  constructor(
    private readonly limits: LimitsService,
    private readonly networks: KnownNetworksService,
  ) {}

  /** Whether an email may go to an address. Throws `AppError` 429 `too_many_requests` for the IP address, 503. */
  async allowsEmail(actor: CallingActor, address: string): Promise<boolean> {
    await this.limits.countAgainstLimitOfNetwork(actor, 'mails_per_ip', actor.client.ip);
    return this.isWithin(actor, address);
  }

  /**
   * As `allowsEmail`, for a caller who is signed in and moves to an address of their own: they are told when to come
   * back. Throws `AppError` 429 `too_many_requests` for both, 503.
   */
  async countEmailChange(actor: CallingActor, address: string): Promise<void> {
    await this.limits.countAgainstLimitOfNetwork(actor, 'mails_per_ip', actor.client.ip);
    const counted = { key: emailKey(address) };
    await this.limits.countAgainstLimit(actor, 'mails_per_address_hourly', counted);
    await this.limits.countAgainstLimit(actor, 'mails_per_address_daily', counted);
  }

  /**
   * Whether a link to reset a password may go to an address, or null. The first request in half an hour always
   * brings a new link, which lives as long. So a good link is in the mailbox, or the next request brings one.
   * Above the limits of the address, known devices have a number of their own. Throws as `allowsEmail`.
   */
  async allowsReset(actor: CallingActor, address: string): Promise<ResetAllowance | null> {
    const { ip, browser } = actor.client;
    await this.limits.countAgainstLimitOfNetwork(actor, 'mails_per_ip', ip);
    const key = emailKey(address);
    const isNew =
      (await this.limits.countAgainstLimitSilently(actor, 'reset_mails_per_address', { key })) !==
      null;
    // Both count it: the first link of a half hour is one of the five of the hour.
    const isWithin = await this.isWithin(actor, address);
    if (isNew || isWithin) return { isNew };
    const ofNetwork = await this.takeOfDevice(actor, key, `network:${networkOf(ip)}`);
    const ofBrowser = browser && (await this.takeOfDevice(actor, key, `browser:${browser.id}`));
    if (!ofNetwork && !ofBrowser) return null;
    const knownBy = {
      accounts: ofBrowser
        ? browser.accounts.map(({ id, seenAt }) => ({ id, seenAt: seenAt.getTime() }))
        : [],
      networks: ofNetwork ? this.networks.namesOf(ip) : [],
    };
    return { isNew: false, knownBy };
  }

  private async isWithin(actor: CallingActor, address: string): Promise<boolean> {
    const counted = { key: emailKey(address) };
    const hourly = await this.limits.countAgainstLimitSilently(
      actor,
      'mails_per_address_hourly',
      counted,
    );
    return (
      hourly !== null &&
      (await this.limits.countAgainstLimitSilently(actor, 'mails_per_address_daily', counted)) !==
        null
    );
  }

  private async takeOfDevice(actor: CallingActor, address: string, device: string) {
    const counted = { key: `${address}:${device}` };
    return (
      (await this.limits.countAgainstLimitSilently(actor, 'mails_per_known_device', counted)) !==
      null
    );
  }
}
