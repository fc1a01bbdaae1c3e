import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Part } from '../platform/database/table-parts.js';
import { FederationAttemptsService } from '../federation/federation-attempts.service.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { EmailQueueService } from '../platform/email/email-queue.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { PasswordFailures } from '../passwords/password-failures.service.js';
import { SessionPurgeService } from '../sessions/session-purge.service.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { NeverProvenAccounts } from './never-proven-accounts.service.js';

const EVERY_HOUR_AT = 17;

/** How many of what were deleted. */
export interface Swept {
  sessions: number;
  tokens: number;
  mails: number;
  accounts: number;
}

/** Deletes what nobody needs any more: every hour, and by hand with `clearsessions`. */
@Injectable()
export class HousekeepingService implements OnModuleInit {
  constructor(
    private readonly sessions: SessionPurgeService,
    private readonly tokens: OneTimeTokensService,
    private readonly emails: EmailQueueService,
    private readonly networks: KnownNetworksService,
    private readonly failures: PasswordFailures,
    private readonly attempts: FederationAttemptsService,
    private readonly limits: LimitsService,
    private readonly accounts: NeverProvenAccounts,
    private readonly runner: JobRunner,
  ) {}

  onModuleInit(): void {
    this.runner.handleJob('housekeeping', async () => {
      await this.sweep({ hour: new Date().getUTCHours() });
    });
    this.runner.repeatJob('housekeeping', { minute: EVERY_HOUR_AT });
  }

  /**
   * Sessions that ended or expired, expired links, mails that were given up a month ago, accounts that were never
   * proven; and what limits no longer remember, networks that are no longer known and sign-ins with providers that
   * were not ended, which are not counted. The database's clock decides, and a run deletes up to a maximum.
   * @param part of the large tables of sessions and users
   */
  async sweep(part: Part = 'all'): Promise<Swept> {
    await this.runner.purge();
    await this.networks.purge();
    await this.failures.purge();
    await this.attempts.purge();
    await this.limits.purge();
    return {
      sessions: await this.sessions.purge(part),
      tokens: await this.tokens.purge(),
      mails: await this.emails.purge(),
      accounts: await this.accounts.purge(part),
    };
  }
}
