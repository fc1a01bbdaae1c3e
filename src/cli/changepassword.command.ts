import { Command, CommandRunner } from 'nest-commander';
import { PasswordSettingService } from '../account/password-setting.service.js';
import { OPERATOR } from '../http/current-actor.decorator.js';
import { OperatorError } from '../common/operator-error.js';
import { askPassword } from './ask-password.js';
import { UserByName } from './user-by-name.js';

const TRIES = 3;

@Command({
  name: 'changepassword',
  arguments: '<user>',
  description: 'Ask for a new password for an account, which signs it out everywhere',
  argsDescription: { user: 'username or email address' },
})
export class ChangePasswordCommand extends CommandRunner {
  constructor(
    private readonly userByName: UserByName,
    private readonly passwords: PasswordSettingService,
  ) {
    super();
  }

  override async run([name]: [string]): Promise<void> {
    const user = await this.userByName.find(name);
    if (!process.stdin.isTTY) {
      throw new OperatorError('There is no terminal to ask for the password in.');
    }
    console.log(`Changing the password of ${user.username}.`);
    const answer = await askPassword(
      (password) => this.passwords.check(user, password, 'password'),
      TRIES,
    );
    if (!answer) throw new OperatorError('The password stays as it was.');
    await this.passwords.setPasswordForOperator(OPERATOR, user, answer.password);
    console.log(`The password of ${user.username} was changed.`);
  }
}
