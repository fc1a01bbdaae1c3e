import { text } from 'node:stream/consumers';
import { Command, CommandRunner, Option } from 'nest-commander';
import { VERSION } from '../common/version.js';
import { AppConfig } from '../platform/config/app-config.js';
import { CommandApplication } from './shell/command-application.js';
import { runRepl } from './shell/run-repl.js';
import { runScript } from './shell/run-script.js';
import { addShellNames } from './shell/shell-scope.js';

/** Exit codes: 0, and 1 when a script throws. */
@Command({
  name: 'shell',
  description: 'Talk to the application: a REPL with its services, or a script from standard input',
})
export class ShellCommand extends CommandRunner {
  constructor(
    private readonly application: CommandApplication,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override async run(_words: string[], { command }: { command?: string }): Promise<void> {
    addShellNames(this.application.context);
    if (command !== undefined) return runScript(command);
    if (!process.stdin.isTTY) return runScript(await text(process.stdin));
    console.log(
      `Gatehouse ${VERSION}, ${this.config.environment}. help() lists what is here, Ctrl-D leaves.`,
    );
    await runRepl(this.config.dataDir);
  }

  @Option({ flags: '-c, --command <script>', description: 'Run this script instead' })
  parseCommand(script: string): string {
    return script;
  }
}
