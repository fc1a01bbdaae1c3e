import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OperatorError } from '../common/operator-error.js';
import { AppConfig } from '../config/app-config.js';
import { createDataSource } from './data-source.js';
import { migrate } from './migrate.js';

/** Connects TypeORM to the configured or the embedded PostgreSQL and brings the schema up to date. */
@Module({})
export class DatabaseModule {
  /** @param exclusive whether this process is the application, of which an embedded database has only one */
  static forRoot({ exclusive }: { exclusive: boolean }): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [AppConfig],
          useFactory: (config: AppConfig) => ({
            type: 'postgres' as const,
            config,
            // A database that starts beside us (docker compose) gets half a minute to appear.
            retryAttempts: config.databaseUrl ? 10 : 0,
            retryDelay: 3_000,
            toRetry: (error: unknown) => !(error instanceof OperatorError),
          }),
          dataSourceFactory: async (options) => {
            const { config } = options as unknown as { config: AppConfig };
            const dataSource = await createDataSource(config, exclusive);
            try {
              await dataSource.initialize();
              await migrate(dataSource);
              return dataSource;
            } catch (error) {
              await dataSource.destroy();
              throw error;
            }
          },
        }),
      ],
    };
  }
}
