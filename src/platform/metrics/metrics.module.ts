import { Module } from '@nestjs/common';
import { Declarations } from '../../common/declarations.js';
import { KnownMetrics } from './known-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.service.js';

/** For whoever has something to count: import it, inject `Metrics`. */
@Module({
  controllers: [MetricsController],
  providers: [
    {
      provide: KnownMetrics,
      inject: [Declarations],
      useFactory: (declarations: Declarations) => KnownMetrics.load(declarations),
    },
    Metrics,
  ],
  exports: [Metrics],
})
export class MetricsModule {}
