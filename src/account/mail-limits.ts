import { Injectable } from '@nestjs/common';
import { networkOf } from '../common/client-ip.js';
import type { CallingActor } from '../common/current-actor.decorator.js';
import { LimitsService } from '../throttling/limits.service.js';
import { emailKey } from '../users/identifiers.js';

/** How many mails people can have sent (ATTACKS A54), whether they would be sent in the end or not (ASVS 6.3.8). */
@Injectable()
export class MailLimits {
  constructor(private readonly limits: LimitsService) {}

  /** Counts a mail that somebody asks for to an address. Throws `AppError` 429 `too_many_requests`, 503. */
  async take(actor: CallingActor, address: string): Promise<void> {
    await this.limits.take(actor, 'mails_per_ip', { key: networkOf(actor.client.ip) });
    const counted = { key: emailKey(address) };
    await this.limits.take(actor, 'mails_per_address_hourly', counted);
    await this.limits.take(actor, 'mails_per_address_daily', counted);
  }
}
