import { Injectable, Logger } from '@nestjs/common';
import type {
  EntityManager,
  EntitySubscriberInterface,
  TransactionCommitEvent,
  TransactionRollbackEvent,
} from 'typeorm';
import { AppConfig } from '../platform/config/app-config.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import type { AuditEvent } from './audit-event.entity.js';

/** What a line tells of an event. Personal values stay in the database, where they can be erased. */
type LoggedEvent = Omit<AuditEvent, 'sessionId' | 'userAgent'>;

/**
 * Writes the events of the audit trail to the log of production as well, when they are committed, so that
 * they can be kept where nobody who has the database reaches them (ASVS 16.4.3).
 */
@Injectable()
export class AuditLog implements EntitySubscriberInterface {
  private readonly logger = new Logger('Audit');
  private readonly isOn: boolean;

  constructor(dataSource: GatehouseDataSource, { environment }: AppConfig) {
    this.isOn = environment === 'production';
    if (this.isOn) dataSource.subscribers.push(this);
  }

  /** Logs an event when the transaction that recorded it is committed; at once where there is none. */
  logEventAfterCommit({ queryRunner }: EntityManager, event: LoggedEvent): void {
    if (!this.isOn) return;
    if (!queryRunner?.isTransactionActive) return this.write(event);
    const waiting = waitingIn(queryRunner.data);
    waiting.push(event);
    queryRunner.data.auditEvents = waiting;
  }

  afterTransactionCommit({ queryRunner }: TransactionCommitEvent): void {
    if (queryRunner.isTransactionActive) return;
    for (const event of waitingIn(queryRunner.data)) this.write(event);
    queryRunner.data.auditEvents = [];
  }

  afterTransactionRollback({ queryRunner }: TransactionRollbackEvent): void {
    queryRunner.data.auditEvents = [];
  }

  private write({ action, ...event }: LoggedEvent): void {
    this.logger.log(action, event);
  }
}

function waitingIn(data: { auditEvents?: LoggedEvent[] }): LoggedEvent[] {
  return data.auditEvents ?? [];
}
