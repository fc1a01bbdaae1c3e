import { Module, type OnModuleInit } from '@nestjs/common';
import { GatehouseDataSource } from '../database/data-source.js';
import { JobRunner } from './job-runner.js';
import { migrateJobs } from './jobs-schema.js';
import { JobsService } from './jobs.service.js';

/** Adding jobs. They are done where `WorkerModule` is imported. */
@Module({ providers: [JobsService, JobRunner], exports: [JobsService, JobRunner] })
export class JobsModule implements OnModuleInit {
  constructor(private readonly dataSource: GatehouseDataSource) {}

  async onModuleInit(): Promise<void> {
    if (this.dataSource.mayUpgrade) await migrateJobs(this.dataSource);
  }
}
