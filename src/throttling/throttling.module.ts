import { Module } from '@nestjs/common';
import { LimitsService } from './limits.service.js';

/** Limits on what people may do how often. */
@Module({ providers: [LimitsService], exports: [LimitsService] })
export class ThrottlingModule {}
