import { OUR_VARIABLES } from './our-variables.js';

/**
 * The environment for another program: that of this process, without the variables of Gatehouse, because `.env` may have
 * put secrets there.
 * @param variables added; one without a value is left out
 */
export function environmentWith(variables: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const ours = Object.fromEntries(OUR_VARIABLES.map((name) => [name, undefined]));
  const all = Object.entries({ ...process.env, ...ours, ...variables });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
