import { Inject } from '@nestjs/common';
import { Command, CommandRunner } from 'nest-commander';
import { routesOf } from '../access/routes.js';
import { whoMay } from '../access/access.js';
import { AppConfig } from '../platform/config/app-config.js';
import { LOAD_APPLICATION, type LoadApplication, previewOf } from './preview.js';

@Command({
  name: 'routes',
  description: 'Print who may call which route, as a Markdown table (docs/access.md is this table)',
})
export class RoutesCommand extends CommandRunner {
  constructor(
    @Inject(LOAD_APPLICATION) private readonly loadApplication: LoadApplication,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run(): Promise<void> {
    const { controllers } = await previewOf((await this.loadApplication(this.config)).application);
    const rows = routesOf(controllers).map(
      ({ method, path, access }) => `| ${method} | \`${path}\` | ${whoMay(access)} |`,
    );
    console.log(['| method | path | who |', '| --- | --- | --- |', ...rows].join('\n'));
  }
}
