import { DeclarationError } from '../common/declaration-error.js';
import type { Declarations } from '../common/declarations.js';
import { SNAKE_CASE } from '../common/definitions.js';
import { type DeclaredProblem, PROBLEM_DEFINITIONS } from './define-problems.js';
import { PROBLEMS } from './problem-catalogue.js';

/** Throws `DeclarationError` for a problem of the product that callers could not rely on. */
export async function checkProblems(declarations: Declarations): Promise<void> {
  const files = new Map<string, string>();
  const declared = await declarations.definitionsOf('problems', PROBLEM_DEFINITIONS);
  for (const { definition, file } of declared) {
    for (const problem of definition) {
      const fault = faultOf(problem, files.get(problem.code));
      if (fault) throw new DeclarationError(file, fault);
      files.set(problem.code, file);
    }
  }
}

function faultOf(
  { code, status, detail }: DeclaredProblem,
  otherFile?: string,
): string | undefined {
  if (!SNAKE_CASE.test(code)) {
    return `"${code}" is no code of a problem; name it in snake_case, such as article_locked.`;
  }
  if (Object.hasOwn(PROBLEMS, code)) {
    return `Gatehouse itself has the problem "${code}"; choose another code.`;
  }
  if (otherFile !== undefined) return `the problem "${code}" is also defined in ${otherFile}.`;
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    return `the status of the problem "${code}" is ${status}; it must be from 400 to 599.`;
  }
  if (typeof detail !== 'string' || detail.trim() === '') {
    return `the problem "${code}" has no detail; say in a sentence what happened.`;
  }
  return undefined;
}
