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
import { useNestForConstraints } from '../http/constraint-container.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { ConfigModule } from '../platform/config/config.module.js';
import { DatabaseModule } from '../platform/database/database.module.js';
import { JobsModule } from '../platform/jobs/jobs.module.js';
import { EmailModule } from '../platform/email/email.module.js';
import { AuthenticationBackendsModule } from '../passwords/authentication-backends.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { CheckCommand } from './check.command.js';
import { type CommandClass, COMMANDS, GROUPS } from './commands.js';
import { IMPORT_APPLICATION, type ImportApplication } from './preview.js';
import { RoutesCommand } from './routes.command.js';
import { UserByName } from './user-by-name.js';
import { AccountSwitch } from './users.command.js';

/** What we use of commander's `Command`. */
interface CommandTree {
  readonly commands: readonly CommandTree[];
  exitOverride(onExit: (error: Error) => never): unknown;
}

/** What commands with a database work with. */
const SERVICES: ModuleMetadata = {
  imports: [
    SigningKeysModule,
    UsersModule,
    AuditModule,
    PermissionsModule,
    JobsModule,
    EmailModule,
    SessionsModule,
    // Whoever has the machine signs in nowhere.
    AuthenticationBackendsModule.forRoot({ imports: [], backends: [] }),
    AccountModule,
    AdministrationModule,
  ],
  providers: [
    UserByName,
    AccountSwitch,
    ...GROUPS,
    ...[...COMMANDS].flatMap(([command, { database }]) => (database === 'none' ? [] : [command])),
  ],
};

/** The command line: the same services as the application, without its doors. */
@Module({})
export class CliModule implements OnApplicationBootstrap {
  constructor(
    @InjectCommander() private readonly commander: CommandTree,
    private readonly modules: ModuleRef,
  ) {}

  /**
   * The words of all commands without what they work with: help and mistakes need no configuration and no database.
   * @param onCommand called with the command that the words name, instead of running it
   */
  static forWords(onCommand: (command: CommandClass) => void): DynamicModule {
    const wordsOf = (command: CommandClass) => ({
      provide: command,
      useFactory: () =>
        Object.create(command.prototype as object, {
          run: { value: async () => onCommand(command) },
        }) as object,
    });
    return { module: CliModule, providers: [...GROUPS, ...[...COMMANDS.keys()].map(wordsOf)] };
  }

  /** Commands with the services of the application. @param schema what they may do about pending migrations */
  static forDatabase(config: AppConfig, schema: 'migrate' | 'check'): DynamicModule {
    return {
      module: CliModule,
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot({ exclusive: false, schema }),
        ...SERVICES.imports!,
      ],
      providers: SERVICES.providers!,
    };
  }

  /** `routes`, which needs a configuration, and connects to nothing. */
  static forRoutes(config: AppConfig, importApplication: ImportApplication): DynamicModule {
    return {
      module: CliModule,
      imports: [ConfigModule.forRoot(config)],
      providers: [{ provide: IMPORT_APPLICATION, useValue: importApplication }, RoutesCommand],
    };
  }

  /** `check` alone: it must look at a database without migrating it, and at a configuration that is wrong. */
  static forCheck(importApplication: ImportApplication): DynamicModule {
    return {
      module: CliModule,
      providers: [{ provide: IMPORT_APPLICATION, useValue: importApplication }, CheckCommand],
    };
  }

  /** Commander ends the process by itself when words are wrong; we have a database to leave first. */
  onApplicationBootstrap(): void {
    useNestForConstraints(this.modules);
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
