import {
  type DynamicModule,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { InjectCommander } from 'nest-commander';
import { AccountModule } from '../account/account.module.js';
import { AdministrationModule } from '../administration/administration.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { CLI } from '../common/cli-name.js';
import { useNestForConstraints } from '../http/constraint-container.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { ConfigModule } from '../platform/config/config.module.js';
import { JobsModule } from '../platform/jobs/jobs.module.js';
import { EmailModule } from '../platform/email/email.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { CheckCommand } from './check.command.js';
import { type CommandClass, COMMANDS, GROUPS } from './commands.js';
import {
  LOAD_APPLICATION,
  LOAD_CONFIGURATION,
  type LoadApplication,
  type LoadConfiguration,
  type LoadedApplication,
} from './preview.js';
import { SeedAccountsService } from './seeds/seed-accounts.service.js';
import { SeedsService } from './seeds/seeds.service.js';
import { UserByName } from './user-by-name.js';
import { CommandApplication } from './shell/command-application.js';
import { AccountSwitch } from './users.command.js';

/** What we use of commander's `Command`. */
interface CommandTree {
  name(name: string): unknown;
  readonly commands: readonly CommandTree[];
  exitOverride(onExit: (error: Error) => never): unknown;
}

/** Commands with a database, and the modules of the services that they share with the application. */
const COMMANDS_WITH_DATABASE: ModuleMetadata = {
  imports: [
    SigningKeysModule,
    UsersModule,
    PasswordsModule,
    AuditModule,
    PermissionsModule,
    JobsModule,
    EmailModule,
    SessionsModule,
    AccountModule,
    AdministrationModule,
  ],
  providers: [
    CommandApplication,
    UserByName,
    AccountSwitch,
    SeedsService,
    SeedAccountsService,
    ...GROUPS,
    ...[...COMMANDS].flatMap(([command, { database }]) => (database === 'none' ? [] : [command])),
  ],
};

/** The command line: the application without its server. */
@Module({})
export class CliModule implements OnApplicationBootstrap {
  constructor(
    @InjectCommander() private readonly commander: CommandTree,
    private readonly modules: ModuleRef,
  ) {}

  /**
   * The words of all commands without what they work with: help and mistakes need no configuration and no database.
   * @param ofProduct the commands of the product
   * @param onCommand called with the command that the words name, instead of running it
   */
  static forWords(
    ofProduct: CommandClass[],
    onCommand: (command: CommandClass) => void,
  ): DynamicModule {
    const wordsOf = (command: CommandClass) => ({
      provide: command,
      useFactory: () =>
        Object.create(command.prototype as object, {
          run: { value: async () => onCommand(command) },
        }) as object,
    });
    const commands = [...COMMANDS.keys(), ...ofProduct];
    return { module: CliModule, providers: [...GROUPS, ...commands.map(wordsOf)] };
  }

  /** Commands with the services of the application, and its hooks. Those of a product are in its own modules. */
  static forDatabase({ application }: LoadedApplication): DynamicModule {
    const { imports, providers } = COMMANDS_WITH_DATABASE;
    return { module: CliModule, imports: [application, ...imports!], providers: providers! };
  }

  /** A command that needs a configuration and loads the application, which is not started. */
  static forLoading(
    command: CommandClass,
    config: AppConfig,
    loadApplication: LoadApplication,
  ): DynamicModule {
    return {
      module: CliModule,
      imports: [ConfigModule.forRoot(config, { role: 'command' })],
      providers: [{ provide: LOAD_APPLICATION, useValue: loadApplication }, command],
    };
  }

  /** `check` alone: it must look at a database without migrating it, and at a configuration that is wrong. */
  static forCheck(
    loadConfiguration: LoadConfiguration,
    loadApplication: LoadApplication,
  ): DynamicModule {
    return {
      module: CliModule,
      providers: [
        { provide: LOAD_CONFIGURATION, useValue: loadConfiguration },
        { provide: LOAD_APPLICATION, useValue: loadApplication },
        CheckCommand,
      ],
    };
  }

  /** Commander ends the process by itself when words are wrong; we have a database to leave first. */
  onApplicationBootstrap(): void {
    useNestForConstraints(this.modules);
    this.commander.name(CLI);
    for (const command of withSubCommands(this.commander)) {
      command.exitOverride((error) => {
        throw error;
      });
    }
  }
}

function withSubCommands(command: CommandTree): CommandTree[] {
  return [command, ...command.commands.flatMap(withSubCommands)];
}
