import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Declarations } from '../../common/declarations.js';
import { DATA_SOURCE } from '../database/data-source.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { EmailCatalogue } from './email-catalogue.js';
import { EmailContents } from './email-contents.js';
import { EmailDeliveryService } from './email-delivery.service.js';
import { EmailQueueService } from './email-queue.service.js';
import { QueuedEmail } from './queued-email.entity.js';
import { EmailService } from './email.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([QueuedEmail], DATA_SOURCE), JobsModule, MetricsModule],
  providers: [
    {
      provide: EmailCatalogue,
      inject: [Declarations],
      useFactory: (declarations: Declarations) => EmailCatalogue.load(declarations),
    },
    EmailContents,
    EmailService,
    EmailDeliveryService,
    EmailQueueService,
  ],
  exports: [EmailService, EmailQueueService, EmailContents],
})
export class EmailModule {}
