import { DeclarationError } from '../../common/declaration-error.js';
import type { Declarations } from '../../common/declarations.js';
import { JOB_DEFINITIONS } from './define-jobs.js';

const NAME = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;
/** The longest name that graphile-worker takes. */
const MAX_LENGTH = 128;

/** Throws `DeclarationError` for a job of the product that cannot be. Our own names have no dot. */
export async function checkJobs(declarations: Declarations): Promise<void> {
  const files = new Map<string, string>();
  for (const { definition, file } of await declarations.definitionsOf('jobs', JOB_DEFINITIONS)) {
    for (const name of definition) {
      const fault = faultOf(name, files.get(name));
      if (fault) throw new DeclarationError(file, fault);
      files.set(name, file);
    }
  }
}

/** Throws `DeclarationError` for a job of the product without a handler: it would wait for ever. */
export async function checkHandlers(
  declarations: Declarations,
  hasHandler: (name: string) => boolean,
): Promise<void> {
  for (const { definition, file } of await declarations.definitionsOf('jobs', JOB_DEFINITIONS)) {
    const name = definition.find((one) => !hasHandler(one));
    if (name === undefined) continue;
    throw new DeclarationError(
      file,
      `the job "${name}" has no handler; register one with handleJob().`,
    );
  }
}

function faultOf(name: string, otherFile?: string): string | undefined {
  if (!NAME.test(name) || name.length > MAX_LENGTH) {
    return `"${name}" is no job; name it feature.job, in lower case, with at most ${MAX_LENGTH} characters.`;
  }
  return otherFile && `the job "${name}" is also defined in ${otherFile}.`;
}
