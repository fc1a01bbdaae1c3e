import { Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { Command, CommandRunner, Option, SubCommand } from 'nest-commander';
import { EmailVouchingService } from '../account/email-vouching.service.js';
import { UserActionsService } from '../administration/users/user-actions.service.js';
import { UserListService } from '../administration/users/user-list.service.js';
import { UserQueryDto } from '../administration/users/user-query.dto.js';
import { OPERATOR } from '../http/current-actor.decorator.js';
import { UserByName } from './user-by-name.js';

const PAGE = 100;

interface ListOptions {
  search?: string;
  role?: string;
  inactive?: boolean;
}

@SubCommand({ name: 'list', description: 'Show the accounts, by username' })
export class UsersListCommand extends CommandRunner {
  constructor(private readonly lists: UserListService) {
    super();
  }

  override async run(_words: string[], { search, role, inactive }: ListOptions): Promise<void> {
    const query = plainToInstance(UserQueryDto, {
      limit: PAGE,
      search,
      role,
      ...(inactive && { isActive: 'false' }),
    });
    let cursor: string | undefined;
    do {
      const page = await this.lists.list(Object.assign(query, { cursor }));
      for (const { username, email, isActive, isSuperuser, roles } of page.items) {
        const marks = [
          ...(isActive ? [] : ['inactive']),
          ...(isSuperuser ? ['superuser'] : []),
          ...roles,
        ];
        const names = username === null ? [email] : [username, email];
        console.log([...names, marks.join(', ')].join('\t').trimEnd());
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
  }

  @Option({ flags: '--search <words>', description: 'Words in usernames, addresses and names' })
  parseSearch(value: string): string {
    return value;
  }

  @Option({ flags: '--role <name>', description: 'Only who has this role' })
  parseRole(value: string): string {
    return value;
  }

  @Option({ flags: '--inactive', description: 'Only inactive accounts' })
  parseInactive(): boolean {
    return true;
  }
}

/** Lets accounts in or keeps them out, by name. */
@Injectable()
export class AccountSwitch {
  constructor(
    private readonly userByName: UserByName,
    private readonly actions: UserActionsService,
  ) {}

  async setAccountActive(name: string, isActive: boolean): Promise<void> {
    const { id, username } = await this.userByName.find(name);
    const action = isActive ? 'activate' : 'deactivate';
    await this.actions.performOn(OPERATOR, action, id);
    console.log(`${username} is ${isActive ? 'active' : 'inactive'} now.`);
  }
}

@SubCommand({
  name: 'activate',
  arguments: '<user>',
  description: 'Let an account sign in again',
})
export class UsersActivateCommand extends CommandRunner {
  constructor(private readonly accounts: AccountSwitch) {
    super();
  }

  override async run([name]: [string]): Promise<void> {
    await this.accounts.setAccountActive(name, true);
  }
}

@SubCommand({
  name: 'deactivate',
  arguments: '<user>',
  description: 'End all sessions of an account and keep it from signing in',
})
export class UsersDeactivateCommand extends CommandRunner {
  constructor(private readonly accounts: AccountSwitch) {
    super();
  }

  override async run([name]: [string]): Promise<void> {
    await this.accounts.setAccountActive(name, false);
  }
}

@SubCommand({
  name: 'verify-email',
  arguments: '<user>',
  description: 'Prove the address of an account without an email, because you vouch for it',
})
export class UsersVerifyEmailCommand extends CommandRunner {
  constructor(
    private readonly userByName: UserByName,
    private readonly vouching: EmailVouchingService,
  ) {
    super();
  }

  override async run([name]: [string]): Promise<void> {
    const user = await this.userByName.find(name);
    const isNew = await this.vouching.vouchFor(OPERATOR, user);
    const { username, email } = user;
    console.log(
      isNew
        ? `The address ${email} of ${username} is proven now.`
        : `The address ${email} of ${username} was proven before.`,
    );
  }
}

@Command({
  name: 'users',
  description: 'The accounts',
  subCommands: [
    UsersListCommand,
    UsersActivateCommand,
    UsersDeactivateCommand,
    UsersVerifyEmailCommand,
  ],
})
export class UsersCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.outputHelp({ error: true });
    process.exitCode = 2;
  }
}
