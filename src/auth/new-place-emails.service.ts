import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Client } from '../http/current-client.decorator.js';
import { PASSWORD_RESET_PATH } from '../http/page-paths.js';
import { EmailService } from '../platform/email/email.service.js';
import { describeDevice } from '../sessions/device.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import type { User } from '../users/user.entity.js';

/**
 * Tells owners of sign-ins from a place that their account does not know: neither the browser, by its cookie,
 * nor the network (ASVS 6.3.5). The User-Agent decides nothing, because an attacker writes it.
 */
@Injectable()
export class NewPlaceEmails {
  constructor(
    private readonly email: EmailService,
    private readonly limits: LimitsService,
  ) {}

  /** Sends the email, as long as the limit allows, when the caller's transaction commits. */
  async send(tx: EntityManager, user: User, { ip, userAgent }: Client, now: Date): Promise<void> {
    const { id, username, email } = user;
    // Many accounts may claim one unproven address, which would get the emails of all of them.
    const key = user.emailVerifiedAt ? `user:${id}` : `address:${user.emailKey}`;
    if (!(await this.limits.countAgainstLimitIn(tx, 'new_place_emails', { key }))) return;
    await this.email.send(tx, 'new_device', email, {
      username,
      device: describeDevice(userAgent),
      ip,
      when: now.toUTCString(),
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
  }
}
