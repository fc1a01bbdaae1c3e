import { Logger } from '@nestjs/common';
import type { Logger as TypeOrmLogger } from 'typeorm';

/**
 * Writes the warnings of TypeORM to the log of the application. Failed statements are left to whoever sent them: TypeORM
 * would print their values, password hashes among them. Migrations are logged, and their failures reported, by `migrate`.
 */
export class DatabaseLog implements TypeOrmLogger {
  private readonly logger = new Logger('TypeORM');

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.logger.warn(message instanceof Error ? message.message : message);
  }

  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
}
