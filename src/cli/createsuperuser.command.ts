import { input } from '@inquirer/prompts';
import { Command, CommandRunner, Option } from 'nest-commander';
import type { RegisterDto } from '../account/register.dto.js';
import { SuperusersService } from '../account/superusers.service.js';
import type { Finding } from '../http/app-error.js';
import { OperatorError } from '../common/operator-error.js';
import { superuserVariables } from '../platform/config/superuser-variables.js';
import { hasUsernames } from '../users/usernames.js';
import { askPassword } from './ask-password.js';

interface Options {
  noinput?: boolean;
  username?: string;
  email?: string;
  skipRegistrationRule?: boolean;
}

type Account = Partial<RegisterDto>;

@Command({ name: 'createsuperuser', description: 'Add an account that may do everything' })
export class CreateSuperuserCommand extends CommandRunner {
  constructor(private readonly superusers: SuperusersService) {
    super();
  }

  override async run(_words: string[], options: Options): Promise<void> {
    const skipRule = options.skipRegistrationRule ?? false;
    if (options.noinput) {
      const { username, ...variables } = superuserVariables();
      const named = hasUsernames() && username !== undefined ? { username } : {};
      await this.create({ ...named, ...variables, ...given(options) }, false, skipRule);
    } else if (process.stdin.isTTY) {
      await this.ask(options, skipRule);
    } else {
      throw new OperatorError(
        'There is no terminal to ask in. Use --noinput with SUPERUSER_USERNAME, SUPERUSER_EMAIL and SUPERUSER_PASSWORD.',
      );
    }
  }

  @Option({
    flags: '--noinput',
    description: 'Ask nothing: take SUPERUSER_USERNAME, SUPERUSER_EMAIL and SUPERUSER_PASSWORD',
  })
  parseNoinput(): boolean {
    return true;
  }

  @Option({ flags: '--username <username>', description: 'The username' })
  parseUsername(value: string): string {
    return value;
  }

  @Option({ flags: '--email <address>', description: 'The email address' })
  parseEmail(value: string): string {
    return value;
  }

  @Option({
    flags: '--skip-registration-rule',
    description: 'Pass over the rule of the application about who may have an account',
  })
  parseSkipRegistrationRule(): boolean {
    return true;
  }

  private async ask(options: Options, skipRule: boolean): Promise<void> {
    const { username: offered } = options;
    const named: Account = hasUsernames()
      ? { username: await this.askFor('username', 'Username:', offered, {}, skipRule) }
      : given({ ...(offered !== undefined && { username: offered }) });
    const email = await this.askFor('email', 'Email address:', options.email, named, skipRule);
    const answer = await askPassword(async (password) => {
      const findings = await this.superusers.check({ ...named, email, password }, { skipRule });
      return about('password', findings);
    });
    const { password, isWeak } = answer!;
    await this.create({ ...named, email, password }, isWeak, skipRule);
  }

  /** Asks until the answer is right. */
  private async askFor(
    field: 'username' | 'email',
    message: string,
    offered: string | undefined,
    account: Account,
    skipRule: boolean,
  ): Promise<string> {
    const problem = async (value: string) => {
      const findings = await this.superusers.check({ ...account, [field]: value }, { skipRule });
      return about(field, findings)[0]?.message;
    };
    if (offered !== undefined && (await problem(offered)) === undefined) return offered;
    return input({ message, validate: async (value) => (await problem(value)) ?? true });
  }

  private async create(
    account: Account,
    acceptWeakPassword: boolean,
    skipRule: boolean,
  ): Promise<void> {
    const user = await this.superusers.create(account as RegisterDto, {
      acceptWeakPassword,
      skipRule,
    });
    console.log(`Superuser ${user.username} was created.`);
  }
}

function given({ username, email }: Options): Account {
  return { ...(username !== undefined && { username }), ...(email !== undefined && { email }) };
}

function about(field: string, findings: Finding[]): Finding[] {
  return findings.filter((finding) => finding.field === field);
}
