import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { Command, CommandRunner } from 'nest-commander';
import { VERSION } from '../common/version.js';
import { JobRunner } from '../platform/jobs/job-runner.js';

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
    const logger = new Logger('Worker');
    logger.log('Working. Stop with Ctrl-C.', { version: VERSION });
    const signal = await Promise.race(
      (['SIGTERM', 'SIGINT'] as const).map(async (name) => once(process, name).then(() => name)),
    );
    logger.log(`${signal}: stopping.`);
  }
}
