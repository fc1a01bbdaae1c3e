import { Injectable } from '@nestjs/common';
import type { Changes } from '../audit/audit-event.entity.js';
import { AuditService, type AuditSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { Metrics } from '../platform/metrics/metrics.service.js';

/** Counts and records sign-ins that failed. Wrong passwords are recorded where guesses are counted. */
@Injectable()
export class SignInFailures {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /** Runs a part of a sign-in. Its failure is counted by its code, and thrown on. */
  async counting<T>(part: () => Promise<T>): Promise<T> {
    try {
      return await part();
    } catch (error) {
      const result = error instanceof AppError ? error.code : 'error';
      this.metrics.count('gatehouse_sign_ins_total', { result });
      throw error;
    }
  }

  /**
   * The same, and a refusal is an event of the audit trail with its code as the reason (ASVS 16.3.1). Our own
   * failures are in the log, and an address that does not exist is no sign-in.
   */
  async recording<T>(
    actor: Actor,
    subject: AuditSubject,
    part: () => Promise<T>,
    changes: Changes = {},
  ): Promise<T> {
    try {
      return await this.counting(part);
    } catch (error) {
      if (error instanceof AppError && error.code !== 'not_found') {
        const details = { reason: error.code, changes };
        const { manager } = this.dataSource;
        await this.audit.recordEvent(manager, 'user.sign_in_failed', actor, subject, details);
      }
      throw error;
    }
  }
}
