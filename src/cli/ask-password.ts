import { confirm, password as hidden } from '@inquirer/prompts';
import type { Finding } from '../http/app-error.js';
import { isPolicyCode } from '../passwords/password-policy.js';

/**
 * Asks in the terminal, twice and hidden, until the answers are the same and the rules accept the
 * password or the operator passes over the policy. Null after `tries` attempts.
 */
export async function askPassword(
  problemsOf: (password: string) => Finding[] | Promise<Finding[]>,
  tries = Infinity,
): Promise<{ password: string; isWeak: boolean } | null> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const password = await hidden({ message: 'Password:' });
    if (password !== (await hidden({ message: 'Password (again):' }))) {
      console.error('Your passwords did not match.');
      continue;
    }
    const problems = await problemsOf(password);
    for (const { message } of problems) console.error(message);
    if (problems.some(({ code }) => !isPolicyCode(code))) continue;
    const isAccepted =
      problems.length === 0 ||
      (await confirm({ message: 'Bypass password validation?', default: false }));
    if (isAccepted) return { password, isWeak: problems.length > 0 };
  }
  return null;
}
