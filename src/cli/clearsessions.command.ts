import { Command, CommandRunner } from 'nest-commander';
import { HousekeepingService } from '../account/housekeeping.service.js';

@Command({
  name: 'clearsessions',
  description:
    'Delete sessions that have ended, expired links, old mails and accounts that were never proven',
})
export class ClearSessionsCommand extends CommandRunner {
  constructor(private readonly housekeeping: HousekeepingService) {
    super();
  }

  override async run(): Promise<void> {
    const { sessions, tokens, mails, accounts } = await this.housekeeping.sweep();
    console.log(
      `Deleted: sessions ${sessions}, links ${tokens}, mails ${mails}, accounts ${accounts}.`,
    );
  }
}
