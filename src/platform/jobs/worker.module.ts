import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { RunMode } from '../config/run-mode.js';
import { JobRunner } from './job-runner.js';
import { JobsModule } from './jobs.module.js';

/** Does the jobs in the process of the server, from when the application is complete until it ends. */
@Module({ imports: [JobsModule] })
export class WorkerModule implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly mode: RunMode,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.mode.role === 'server') await this.runner.start();
  }
}
