import { confirm } from '@inquirer/prompts';
import { Command, CommandRunner, Option, SubCommand } from 'nest-commander';
import { SignOutEveryoneService } from '../administration/sign-out-everyone.service.js';
import { OPERATOR } from '../http/current-actor.decorator.js';
import { OperatorError } from '../common/operator-error.js';

interface Options {
  all?: boolean;
  links?: boolean;
  yes?: boolean;
}

@SubCommand({
  name: 'end',
  description: 'End the sessions of all accounts, for example after a restore from a backup',
})
export class SessionsEndCommand extends CommandRunner {
  constructor(private readonly everyone: SignOutEveryoneService) {
    super();
  }

  override async run(_words: string[], { all, links, yes }: Options): Promise<void> {
    if (!all) {
      throw new OperatorError(
        'Add --all to end the sessions of all accounts. For one account, use: users deactivate <user>, then users activate <user>.',
      );
    }
    if (!yes) await askForConsent(links);
    // Links first: a link that is used in between opens a session, which ends with the others.
    const ended = links ? await this.everyone.endLinks(OPERATOR) : undefined;
    const sessions = await this.everyone.endSessions(OPERATOR);
    console.log(`Ended: sessions ${sessions}${ended === undefined ? '' : `, links ${ended}`}.`);
  }

  @Option({ flags: '--all', description: 'The sessions of all accounts' })
  parseAll(): boolean {
    return true;
  }

  @Option({ flags: '--links', description: 'Also end every link that was sent by email' })
  parseLinks(): boolean {
    return true;
  }

  @Option({ flags: '--yes', description: 'Do not ask for confirmation' })
  parseYes(): boolean {
    return true;
  }
}

async function askForConsent(links = false): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new OperatorError('There is no terminal to ask in. Add --yes to end all sessions.');
  }
  const what = links ? 'all sessions and all emailed links' : 'all sessions';
  const message = `End ${what} of all accounts? Everyone has to sign in again.`;
  if (await confirm({ message, default: false })) return;
  throw new OperatorError('Nothing was ended.');
}

@Command({
  name: 'sessions',
  description: 'The sessions of all accounts',
  subCommands: [SessionsEndCommand],
})
export class SessionsCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.outputHelp({ error: true });
    process.exitCode = 2;
  }
}
