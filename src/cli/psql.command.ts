import { Command, CommandRunner } from 'nest-commander';
import { AppConfig } from '../platform/config/app-config.js';
import { runPsql } from '../platform/database/psql.js';

/** Its exit code is that of psql. */
@Command({
  name: 'psql',
  arguments: '[words...]',
  description:
    'Open the database in psql, the embedded one as well; its options go behind two dashes: psql -- -c "SELECT 1"',
  argsDescription: { words: 'options and arguments for psql' },
})
export class PsqlCommand extends CommandRunner {
  constructor(private readonly config: AppConfig) {
    super();
  }

  override async run(words: string[]): Promise<void> {
    process.exitCode = await runPsql(this.config, words);
  }
}
