import { isUUID } from 'class-validator';
import { Command, CommandRunner, SubCommand } from 'nest-commander';
import { MAX_LIMIT } from '../http/page.js';
import { OperatorError } from '../common/operator-error.js';
import { EmailQueueService } from '../platform/email/email-queue.service.js';

@SubCommand({ name: 'failed', description: 'Show the mails that were given up, and why' })
export class EmailFailedCommand extends CommandRunner {
  constructor(private readonly emails: EmailQueueService) {
    super();
  }

  override async run(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.emails.failed({ limit: MAX_LIMIT, ...(cursor && { cursor }) });
      for (const { id, to, template, failedAt, attempts, reason } of page.items) {
        const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
        console.log([id, to, template, failedAt.toISOString(), tries, reason].join('\t'));
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
  }
}

@SubCommand({
  name: 'retry',
  arguments: '[id]',
  description: 'Try mails that were given up, or wait for another attempt, now; one or all',
})
export class EmailRetryCommand extends CommandRunner {
  constructor(private readonly emails: EmailQueueService) {
    super();
  }

  override async run([id]: string[]): Promise<void> {
    const isUnknown = id !== undefined && !isUUID(id);
    const { retried, unreadable } = isUnknown
      ? { retried: 0, unreadable: 0 }
      : await this.emails.retry(id);
    if (id !== undefined && retried + unreadable === 0) {
      throw new OperatorError(`There is no mail ${id} to send.`);
    }
    console.log(retried === 1 ? '1 mail is tried again.' : `${retried} mails are tried again.`);
    if (unreadable === 0) return;
    throw new OperatorError(
      `${unreadable === 1 ? '1 mail' : `${unreadable} mails`} cannot be read: encrypted under another APP_SECRET. Set APP_SECRET_PREVIOUS to that one, restart, and try again.`,
    );
  }
}

@Command({
  name: 'mail',
  description: 'The mails on their way',
  subCommands: [EmailFailedCommand, EmailRetryCommand],
})
export class EmailCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.outputHelp({ error: true });
    process.exitCode = 2;
  }
}
