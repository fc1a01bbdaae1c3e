import { Controller, Get, Header, Headers } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../../access/access.decorators.js';
import { AppError } from '../../http/app-error.js';
import { equalSecrets } from '../../common/crypto.js';
import { hashOfSecret } from '../../common/secret-token.js';
import { AppConfig } from '../config/app-config.js';
import { Metrics } from './metrics.service.js';

const BEARER = /^Bearer +(\S+)$/i;

/** For Prometheus, which shows `METRICS_TOKEN`; without that variable there is nothing here (ASVS 13.4.5). */
@ApiExcludeController()
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  /** Throws `AppError` 404 without `METRICS_TOKEN`, 401 for whoever does not show it. */
  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  async show(@Headers('authorization') authorization: string | undefined): Promise<string> {
    const { metricsToken } = this.config;
    if (metricsToken === undefined) throw new AppError('not_found');
    if (!authorization) throw new AppError('authentication_required');
    const [, shown = ''] = BEARER.exec(authorization) ?? [];
    // Of the hashes, whose length tells nothing.
    if (!equalSecrets(hashOfSecret(shown), hashOfSecret(metricsToken))) {
      throw new AppError('invalid_token', { detail: 'This is not the token of the metrics.' });
    }
    return this.metrics.text();
  }
}
