import type { Type } from '@nestjs/common';
import type { CommandRunner } from 'nest-commander';
import { AuditCommand, AuditVerifyCommand } from './audit.command.js';
import { ChangePasswordCommand } from './changepassword.command.js';
import { CheckCommand } from './check.command.js';
import { ClearSessionsCommand } from './clearsessions.command.js';
import { CreateSuperuserCommand } from './createsuperuser.command.js';
import { ExplainCommand } from './explain.command.js';
import {
  KeysCommand,
  KeysListCommand,
  KeysRevokeCommand,
  KeysRotateCommand,
} from './keys.command.js';
import { EmailCommand, EmailFailedCommand, EmailRetryCommand } from './email.command.js';
import { MigrateCommand } from './migrate.command.js';
import {
  MigrationGenerateCommand,
  MigrationRevertCommand,
  MigrationsCommand,
} from './migration.commands.js';
import { OpenapiCommand } from './openapi.command.js';
import { PsqlCommand } from './psql.command.js';
import { RoutesCommand } from './routes.command.js';
import { SeedCommand } from './seed.command.js';
import { SessionsCommand, SessionsEndCommand } from './sessions.command.js';
import { ShellCommand } from './shell.command.js';
import {
  UsersActivateCommand,
  UsersCommand,
  UsersDeactivateCommand,
  UsersListCommand,
  UsersVerifyEmailCommand,
} from './users.command.js';
import { WorkerCommand } from './worker.command.js';

export type CommandClass = Type<CommandRunner>;

/** What a command needs, and what it may do to the schema of the database. */
interface CommandNeeds {
  /**
   * `none`: it loads the application and does not start it. `read`: it never migrates. `start`: it may migrate as a start does.
   * `migrate`: it always migrates.
   */
  database: 'none' | 'read' | 'start' | 'migrate';
  /** It runs without a person in front of it, and writes the log of the application. */
  isService?: boolean;
}

/** What commands of a product need. */
const OF_PRODUCT: CommandNeeds = { database: 'start' };

/** Every command of ours that does something. */
export const COMMANDS = new Map<CommandClass, CommandNeeds>([
  [CheckCommand, { database: 'none' }],
  [MigrationGenerateCommand, { database: 'none' }],
  [MigrationRevertCommand, { database: 'none' }],
  [MigrationsCommand, { database: 'none' }],
  [OpenapiCommand, { database: 'none' }],
  [PsqlCommand, { database: 'none' }],
  [RoutesCommand, { database: 'none' }],
  [AuditVerifyCommand, { database: 'read' }],
  [ExplainCommand, { database: 'read' }],
  [KeysListCommand, { database: 'read' }],
  [EmailFailedCommand, { database: 'read' }],
  [UsersListCommand, { database: 'read' }],
  [ChangePasswordCommand, { database: 'start' }],
  [ClearSessionsCommand, { database: 'start' }],
  [CreateSuperuserCommand, { database: 'start' }],
  [KeysRevokeCommand, { database: 'start' }],
  [KeysRotateCommand, { database: 'start' }],
  [EmailRetryCommand, { database: 'start' }],
  [SeedCommand, { database: 'start' }],
  [SessionsEndCommand, { database: 'start' }],
  [ShellCommand, { database: 'start' }],
  [UsersActivateCommand, { database: 'start' }],
  [UsersDeactivateCommand, { database: 'start' }],
  [UsersVerifyEmailCommand, { database: 'start' }],
  [WorkerCommand, { database: 'start', isService: true }],
  [MigrateCommand, { database: 'migrate', isService: true }],
]);

/** Commands that only show what stands below them. */
export const GROUPS: CommandClass[] = [
  AuditCommand,
  KeysCommand,
  EmailCommand,
  SessionsCommand,
  UsersCommand,
];

/** What a command needs, of ours or of the product. */
export function needsOf(command: CommandClass): CommandNeeds {
  return COMMANDS.get(command) ?? OF_PRODUCT;
}
