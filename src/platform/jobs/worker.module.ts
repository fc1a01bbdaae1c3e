import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { JobRunner } from './job-runner.js';
import { JobsModule } from './jobs.module.js';

/** Does the jobs in this process, from when the application is complete until it ends. */
@Module({ imports: [JobsModule] })
export class WorkerModule implements OnApplicationBootstrap {
  constructor(private readonly runner: JobRunner) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }
}
