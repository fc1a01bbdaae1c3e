import { Inject } from '@nestjs/common';
import { Command, CommandRunner, Option } from 'nest-commander';
import { OperatorError } from '../common/operator-error.js';
import { AppConfig } from '../platform/config/app-config.js';
import { explainDatabaseFailure } from '../platform/database/database-failures.js';
import { revertLatest } from '../platform/database/migrate.js';
import { readMigrationState } from '../platform/database/migration-state.js';
import { openDatabase } from '../platform/database/open-database.js';
import { LOAD_APPLICATION, type LoadApplication } from './preview.js';

@Command({
  name: 'migration:generate',
  arguments: '<Name>',
  description:
    'Write a migration with what the entities declare and the database lacks, such as AddArticles',
})
export class MigrationGenerateCommand extends CommandRunner {
  constructor(
    @Inject(LOAD_APPLICATION) private readonly loadApplication: LoadApplication,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run([name = '']: string[]): Promise<void> {
    const { declarations } = await this.loadApplication(this.config);
    // Of use in development alone, and slow to load.
    const { generateMigration } = await import('../platform/database/generate-migration.js');
    const path = await generateMigration(this.config, declarations, name);
    if (path === undefined) {
      throw new OperatorError(
        'The database has all that the entities declare: there is nothing to migrate.',
      );
    }
    console.log(`Wrote ${path}. Read it before you use it.`);
  }
}

@Command({
  name: 'migration:revert',
  description: 'Take back the latest migration of the product, with the data that it made room for',
})
export class MigrationRevertCommand extends CommandRunner {
  constructor(
    @Inject(LOAD_APPLICATION) private readonly loadApplication: LoadApplication,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run(_words: string[], { gatehouse = false }: { gatehouse?: boolean }) {
    const { config } = this;
    const { declarations } = await this.loadApplication(config);
    const dataSource = await openDatabase(config, declarations, {
      exclusive: false,
      schema: 'as it is',
    });
    try {
      const explain = (error: unknown) => explainDatabaseFailure(error, config)?.sentence;
      const name = await revertLatest(dataSource, { isOfProduct: !gatehouse }, explain);
      if (name === undefined) throw new OperatorError('No migration of the product is applied.');
      console.log(`Took back ${name}.`);
    } finally {
      await dataSource.destroy();
    }
  }

  @Option({ flags: '--gatehouse', description: 'The latest migration of Gatehouse instead' })
  parseGatehouse(): boolean {
    return true;
  }
}

/** Exit codes: 0, and 1 with `--check` while some wait. */
@Command({
  name: 'migrations',
  description: 'List the migrations of Gatehouse and of the product: which ran, and which wait',
})
export class MigrationsCommand extends CommandRunner {
  constructor(
    @Inject(LOAD_APPLICATION) private readonly loadApplication: LoadApplication,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run(_words: string[], { check = false }: { check?: boolean }): Promise<void> {
    const { declarations } = await this.loadApplication(this.config);
    const dataSource = await openDatabase(this.config, declarations, {
      exclusive: false,
      schema: 'as it is',
    });
    try {
      const { migrationSets } = dataSource;
      const state = await readMigrationState(migrationSets, dataSource.query.bind(dataSource));
      for (const { isOfProduct, migrations } of migrationSets) {
        console.log(isOfProduct ? 'product' : 'gatehouse');
        for (const one of migrations) {
          console.log(` [${state.pending.includes(one) ? ' ' : 'X'}] ${one.name}`);
        }
        if (migrations.length === 0) console.log(' (no migrations)');
      }
      if (state.unknown.length > 0) console.log('recorded, and not in this code');
      for (const name of state.unknown) console.log(` [?] ${name}`);
      if (check && state.pending.length > 0) process.exitCode = 1;
    } finally {
      await dataSource.destroy();
    }
  }

  @Option({ flags: '--check', description: 'Exit with 1 while some wait' })
  parseCheck(): boolean {
    return true;
  }
}
