import { Module } from '@nestjs/common';
import { Declarations } from '../../common/declarations.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { LimitCatalogue } from './limit-catalogue.js';
import { LimitsService } from './limits.service.js';

/** Limits on what people may do how often. */
@Module({
  imports: [MetricsModule],
  providers: [
    {
      provide: LimitCatalogue,
      inject: [Declarations],
      useFactory: (declarations: Declarations) => LimitCatalogue.load(declarations),
    },
    LimitsService,
  ],
  exports: [LimitsService],
})
export class ThrottlingModule {}
