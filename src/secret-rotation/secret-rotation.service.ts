import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';
import { RunMode } from '../platform/config/run-mode.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { SEALED_COLUMNS, sealedValuesOf } from './sealed-values.js';

const EVERY_HOUR_AT = 23;

/**
 * Seals anew what a previous `APP_SECRET` sealed: at start, and every hour for what other instances still sealed
 * under it. It changes a value only while that is the one it has read, so any number of instances may do so at once.
 */
@Injectable()
export class SecretRotation implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Secrets');
  private isClosing = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly config: AppConfig,
    private readonly runner: JobRunner,
    private readonly mode: RunMode,
  ) {}

  onModuleInit(): void {
    this.runner.handleJob('reseal', async () => this.reseal());
    this.runner.repeatJob('reseal', { minute: EVERY_HOUR_AT });
  }

  /** The start does not wait for it. */
  onApplicationBootstrap(): void {
    if (this.mode.role !== 'server') return;
    this.running = this.reseal().catch(({ message }: Error) => {
      this.logger.warn(`What a previous APP_SECRET sealed stays so for now: ${message}`);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await this.running;
  }

  /** Seals anew what it can, and logs what no known secret opens. */
  async reseal(): Promise<void> {
    const [resealed, unreadable]: [string[], string[]] = [[], []];
    for (const column of SEALED_COLUMNS) {
      const { what, table, id } = column;
      const counts = { resealed: 0, unreadable: 0 };
      const read = (text: string, values: unknown[]) =>
        this.dataSource.query<Record<string, string | null>[]>(text, values);
      for await (const batch of sealedValuesOf(column, this.config, read)) {
        for (const value of batch) {
          if (this.isClosing) return;
          if (value.under === 'unknown') counts.unreadable++;
          if (value.anew === undefined) continue;
          const [, changed] = await this.dataSource.query<[unknown, number]>(
            `UPDATE ${table} SET ${column.column} = $1 WHERE ${id} = $2 AND ${column.column} = $3`,
            [value.anew, value.id, value.sealed],
          );
          counts.resealed += changed;
        }
      }
      if (counts.resealed > 0) resealed.push(`${what} ${counts.resealed}`);
      if (counts.unreadable > 0) unreadable.push(`${what} ${counts.unreadable}`);
    }
    if (resealed.length > 0) {
      this.logger.log(`Sealed under APP_SECRET instead of a previous one: ${resealed.join(', ')}.`);
    }
    if (unreadable.length > 0) {
      this.logger.error(
        `Sealed under an APP_SECRET that is not known here, and so not readable: ${unreadable.join(', ')}. Set APP_SECRET_PREVIOUS to that secret.`,
      );
    }
  }
}
