import { Command, CommandRunner, SubCommand } from 'nest-commander';
import { OPERATOR } from '../common/current-actor.decorator.js';
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

@Command({
  name: 'keys',
  description: 'The keys that sign access tokens',
  subCommands: [KeysListCommand, KeysRotateCommand],
})
export class KeysCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.outputHelp({ error: true });
    process.exitCode = 2;
  }
}
