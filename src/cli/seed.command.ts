import { Command, CommandRunner, Option } from 'nest-commander';
import { OperatorError } from '../common/operator-error.js';
import { AppConfig } from '../platform/config/app-config.js';
import { type DeclaredSeed, SeedsService } from './seeds/seeds.service.js';

@Command({
  name: 'seed',
  arguments: '[names...]',
  description:
    'Add the data for development that the application declares, all or some seeds of it',
})
export class SeedCommand extends CommandRunner {
  constructor(
    private readonly seeds: SeedsService,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run(names: string[], { force = false }: { force?: boolean }): Promise<void> {
    if (this.config.environment === 'production' && !force) {
      throw new OperatorError(
        'This is production, and seeds are data for development. Add --force to add it anyway.',
      );
    }
    for (const seed of await this.seeds.find(names)) await this.runSeed(seed);
  }

  @Option({ flags: '--force', description: 'Run in production as well' })
  parseForce(): boolean {
    return true;
  }

  private async runSeed(seed: DeclaredSeed): Promise<void> {
    const { name, inTransaction } = seed.definition;
    const start = performance.now();
    try {
      const summary = (await this.seeds.run(seed)) ?? 'done';
      console.log(`${name}: ${summary} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      const rest = inTransaction ? 'nothing of it was kept' : 'what it had done stays';
      console.error(`${name} failed, and ${rest} (${seed.file}).`);
      throw error;
    }
  }
}
