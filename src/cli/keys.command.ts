import { Command, CommandRunner, SubCommand } from 'nest-commander';
import { OPERATOR } from '../http/current-actor.decorator.js';
import { OperatorError } from '../common/operator-error.js';
import { SigningKeysService } from '../signing-keys/signing-keys.service.js';

@SubCommand({ name: 'list', description: 'Show the signing keys, newest first' })
export class KeysListCommand extends CommandRunner {
  constructor(private readonly signingKeys: SigningKeysService) {
    super();
  }

  override async run(): Promise<void> {
    const keys = await this.signingKeys.list();
    for (const { id, state, createdAt, activatedAt, retiredAt } of keys) {
      const since = retiredAt ?? activatedAt ?? createdAt;
      console.log(`${id}  ${state.padEnd(7)}  since ${since.toISOString()}`);
    }
  }
}

@SubCommand({
  name: 'rotate',
  description:
    'Sign with the next key from now on; tokens of the old one stay valid until they expire',
})
export class KeysRotateCommand extends CommandRunner {
  constructor(private readonly signingKeys: SigningKeysService) {
    super();
  }

  override async run(): Promise<void> {
    console.log(`Access tokens are now signed with ${await this.signingKeys.rotate(OPERATOR)}`);
  }
}

@SubCommand({
  name: 'revoke',
  arguments: '<id>',
  description:
    'Delete a key that somebody else may have: the access tokens it signed are dead at once',
})
export class KeysRevokeCommand extends CommandRunner {
  constructor(private readonly signingKeys: SigningKeysService) {
    super();
  }

  override async run([id]: string[]): Promise<void> {
    if (!(await this.signingKeys.revoke(OPERATOR, id!))) {
      throw new OperatorError(`There is no key ${id}.`);
    }
    console.log(`The key ${id} is gone, and so is what it signed.`);
  }
}

@Command({
  name: 'keys',
  description: 'The keys that sign access tokens',
  subCommands: [KeysListCommand, KeysRotateCommand, KeysRevokeCommand],
})
export class KeysCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.outputHelp({ error: true });
    process.exitCode = 2;
  }
}
