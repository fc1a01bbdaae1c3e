import { once } from 'node:events';
import { Command, CommandRunner } from 'nest-commander';
import { JobRunner } from '../jobs/job-runner.js';

@Command({
  name: 'worker',
  description: 'Do the jobs (mails, housekeeping) in this process too, until it is told to stop',
})
export class WorkerCommand extends CommandRunner {
  constructor(private readonly runner: JobRunner) {
    super();
  }

  override async run(): Promise<void> {
    await this.runner.start();
    console.log('Working. Stop with Ctrl-C.');
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  }
}
