import { Command, CommandRunner } from 'nest-commander';
import { SessionsService } from '../sessions/sessions.service.js';

@Command({ name: 'clearsessions', description: 'Delete the sessions that have ended or expired' })
export class ClearSessionsCommand extends CommandRunner {
  constructor(private readonly sessions: SessionsService) {
    super();
  }

  override async run(): Promise<void> {
    const count = await this.sessions.purge(new Date());
    console.log(count === 1 ? '1 session was deleted.' : `${count} sessions were deleted.`);
  }
}
