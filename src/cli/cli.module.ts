import {
  type DynamicModule,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { InjectCommander } from 'nest-commander';
import { AccountModule } from '../account/account.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AdministrationModule } from '../administration/administration.module.js';
import { useNestForConstraints } from '../common/constraint-container.js';
import type { AppConfig } from '../config/app-config.js';
import { ConfigModule } from '../config/config.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import {
  KeysCommand,
  KeysListCommand,
  KeysRevokeCommand,
  KeysRotateCommand,
} from './keys.command.js';
import { AuthenticationBackendsModule } from '../passwords/authentication-backends.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { ChangePasswordCommand } from './changepassword.command.js';
import { ClearSessionsCommand } from './clearsessions.command.js';
import { CreateSuperuserCommand } from './createsuperuser.command.js';
import { ExplainCommand } from './explain.command.js';
import { CheckCommand } from './check.command.js';
import { IMPORT_APPLICATION, type ImportApplication } from './preview.js';
import { RoutesCommand } from './routes.command.js';
import { SessionsCommand, SessionsEndCommand } from './sessions.command.js';
import { WorkerCommand } from './worker.command.js';
import { MailCommand, MailFailedCommand, MailRetryCommand } from './mail.command.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { MailModule } from '../mail/mail.module.js';
import { AuditCommand, AuditVerifyCommand } from './audit.command.js';
import { UserByName } from './user-by-name.js';
import {
  AccountSwitch,
  UsersActivateCommand,
  UsersCommand,
  UsersDeactivateCommand,
  UsersListCommand,
  UsersVerifyEmailCommand,
} from './users.command.js';

/** What we use of commander's `Command`. */
interface CommandTree {
  readonly commands: readonly CommandTree[];
  exitOverride(onExit: (error: Error) => never): unknown;
}

/** Every command that works with the services of the application. */
const COMMANDS: ModuleMetadata = {
  imports: [
    DatabaseModule.forRoot({ exclusive: false }),
    SigningKeysModule,
    UsersModule,
    AuditModule,
    PermissionsModule,
    JobsModule,
    MailModule,
    SessionsModule,
    // Whoever has the machine signs in nowhere.
    AuthenticationBackendsModule.forRoot({ imports: [], backends: [] }),
    AccountModule,
    AdministrationModule,
  ],
  providers: [
    KeysCommand,
    KeysListCommand,
    KeysRotateCommand,
    KeysRevokeCommand,
    RoutesCommand,
    CreateSuperuserCommand,
    ExplainCommand,
    UserByName,
    AccountSwitch,
    ChangePasswordCommand,
    ClearSessionsCommand,
    SessionsCommand,
    SessionsEndCommand,
    WorkerCommand,
    MailCommand,
    MailFailedCommand,
    MailRetryCommand,
    AuditCommand,
    AuditVerifyCommand,
    UsersCommand,
    UsersListCommand,
    UsersActivateCommand,
    UsersDeactivateCommand,
    UsersVerifyEmailCommand,
  ],
};

/** The command line: the same services as the application, without its doors. */
@Module({})
export class CliModule implements OnApplicationBootstrap {
  constructor(
    @InjectCommander() private readonly commander: CommandTree,
    private readonly modules: ModuleRef,
  ) {}

  /** @param importApplication for what is told about the application without starting it */
  static forRoot(config: AppConfig, importApplication: ImportApplication): DynamicModule {
    const check = CliModule.forCheck(importApplication);
    return {
      module: CliModule,
      imports: [ConfigModule.forRoot(config), ...COMMANDS.imports!],
      providers: [...COMMANDS.providers!, ...check.providers!],
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
