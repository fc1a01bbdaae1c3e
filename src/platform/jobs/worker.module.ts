import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Declarations } from '../../common/declarations.js';
import { RunMode } from '../config/run-mode.js';
import { checkHandlers } from './check-jobs.js';
import { JobRunner } from './job-runner.js';
import { JobsModule } from './jobs.module.js';

/** Does the jobs in the process of the server, from when the application is complete until it ends. */
@Module({ imports: [JobsModule] })
export class WorkerModule implements OnApplicationBootstrap {
  constructor(
    private readonly runner: JobRunner,
    private readonly mode: RunMode,
    private readonly declarations: Declarations,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.mode.role !== 'server') return;
    await checkHandlers(this.declarations, (name) => this.runner.hasHandler(name));
    await this.runner.start();
  }
}
