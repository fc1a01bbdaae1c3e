import { ConfigError } from './config-error.js';
import { withoutFinalLineBreak, withSecretFiles } from './secret-files.js';

/**
 * The first superuser as `createsuperuser --noinput` is told by the environment. One line break at the end of the
 * password is cut: a file or a command substitution left it there, and no form can take it.
 */
export function superuserVariables(): Partial<Record<'username' | 'email' | 'password', string>> {
  const { variables, problems } = withSecretFiles(
    process.env,
    (name) => name === 'SUPERUSER_PASSWORD',
  );
  if (problems.length > 0) throw new ConfigError(problems.map(({ sentence }) => sentence));
  const { SUPERUSER_USERNAME, SUPERUSER_EMAIL, SUPERUSER_PASSWORD } = variables;
  return {
    username: SUPERUSER_USERNAME,
    email: SUPERUSER_EMAIL,
    password: SUPERUSER_PASSWORD && withoutFinalLineBreak(SUPERUSER_PASSWORD),
  };
}
