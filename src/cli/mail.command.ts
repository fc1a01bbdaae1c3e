import { isUUID } from 'class-validator';
import { Command, CommandRunner, SubCommand } from 'nest-commander';
import { MAX_LIMIT } from '../common/page.js';
import { OperatorError } from '../common/operator-error.js';
import { MailQueueService } from '../mail/mail-queue.service.js';

@SubCommand({ name: 'failed', description: 'Show the mails that were given up, and why' })
export class MailFailedCommand extends CommandRunner {
  constructor(private readonly mails: MailQueueService) {
    super();
  }

  override async run(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.mails.failed({ limit: MAX_LIMIT, ...(cursor && { cursor }) });
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
export class MailRetryCommand extends CommandRunner {
  constructor(private readonly mails: MailQueueService) {
    super();
  }

  override async run([id]: string[]): Promise<void> {
    const isUnknown = id !== undefined && !isUUID(id);
    const count = isUnknown ? 0 : await this.mails.retry(id);
    if (id !== undefined && count === 0) throw new OperatorError(`There is no mail ${id} to send.`);
    console.log(count === 1 ? '1 mail is tried again.' : `${count} mails are tried again.`);
  }
}

@Command({
  name: 'mail',
  description: 'The mails on their way',
  subCommands: [MailFailedCommand, MailRetryCommand],
})
export class MailCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.outputHelp({ error: true });
    process.exitCode = 2;
  }
}
