import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { JobsModule } from '../jobs/jobs.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { MailContents } from './mail-contents.js';
import { MailDeliveryService } from './mail-delivery.service.js';
import { MailQueueService } from './mail-queue.service.js';
import { Mail } from './mail.entity.js';
import { MailService } from './mail.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Mail]), JobsModule, MetricsModule],
  providers: [MailContents, MailService, MailDeliveryService, MailQueueService],
  exports: [MailService, MailQueueService, MailContents],
})
export class MailModule {}
