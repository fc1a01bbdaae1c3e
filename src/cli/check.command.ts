import { Inject } from '@nestjs/common';
import { Command, CommandRunner, Option } from 'nest-commander';
import { isCheckId } from '../checks/check-catalogue.js';
import { type CheckFinding, found } from '../checks/finding.js';
import { runChecks } from '../checks/run-checks.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { ConfigError } from '../platform/config/config-error.js';
import { tableOf } from './check-table.js';
import {
  LOAD_APPLICATION,
  LOAD_CONFIGURATION,
  type LoadApplication,
  type LoadConfiguration,
  previewOf,
} from './preview.js';

interface Options {
  deploy?: boolean;
  json?: boolean;
  silence?: string[];
}

/** Exit codes: 0 when nothing is found, 1 when something is, 2 when the words of the command are wrong. */
@Command({
  name: 'check',
  description: 'Look for what is wrong, or unsafe, in the configuration and the database',
})
export class CheckCommand extends CommandRunner {
  constructor(
    @Inject(LOAD_CONFIGURATION) private readonly loadConfiguration: LoadConfiguration,
    @Inject(LOAD_APPLICATION) private readonly loadApplication: LoadApplication,
  ) {
    super();
  }

  override async run(words: string[], { deploy = false, json, silence = [] }: Options) {
    const unknown = [...words, ...silence.filter((id) => !isCheckId(id))];
    if (unknown.length > 0) {
      console.error(`error: no check is called ${unknown.join(', ')}`);
      process.exitCode = 2;
      return;
    }
    const findings = (await this.findings(deploy)).filter(({ id }) => !silence.includes(id));
    console.log(json ? JSON.stringify({ deploy, findings }, null, 2) : tableOf(findings));
    process.exitCode = findings.length > 0 ? 1 : 0;
  }

  @Option({ flags: '--deploy', description: 'Look for what is unsafe where others use it, too' })
  parseDeploy(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'Print JSON' })
  parseJson(): boolean {
    return true;
  }

  @Option({
    flags: '--silence <ids>',
    description: 'Leave these out, such as gatehouse.W014,gatehouse.W026',
  })
  parseSilence(ids: string): string[] {
    return ids.split(',').map((id) => id.trim());
  }

  private async findings(deploy: boolean): Promise<CheckFinding[]> {
    const config = await this.readConfig();
    if (Array.isArray(config)) return config;
    const { application, declarations } = await this.loadApplication(config);
    return runChecks(config, declarations, await previewOf(application), { deploy });
  }

  /** The configuration, or what is wrong with it. */
  private async readConfig(): Promise<AppConfig | CheckFinding[]> {
    try {
      return await this.loadConfiguration();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map((problem) => found('gatehouse.E001', problem));
    }
  }
}
