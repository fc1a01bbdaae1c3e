import { Logger } from '@nestjs/common';
import { Command, CommandRunner } from 'nest-commander';

/** Its module has migrated by the time it runs. */
@Command({
  name: 'migrate',
  description:
    'Apply pending migrations and add new permissions, as a start does; does nothing when there are none',
})
export class MigrateCommand extends CommandRunner {
  override async run(): Promise<void> {
    new Logger('Migrations').log('The database is up to date.');
  }
}
