import { Definitions } from '../common/definitions.js';
import { type ProblemCode, type ProblemKind, PROBLEMS } from './problem-catalogue.js';

/** A problem that a product declares: what its callers rely on, `code` and `status`, and a sentence for people. */
export interface DeclaredProblem extends ProblemKind {
  readonly code: string;
}

/** Problems by their codes. */
export type DeclaredProblems<Code extends string> = { readonly [C in Code]: DeclaredProblem };

/** A code of Gatehouse, or a problem that a product declares. */
export type AnyProblem = ProblemCode | DeclaredProblem;

export const PROBLEM_DEFINITIONS = new Definitions<DeclaredProblem[]>('defineProblems');

/**
 * Declares the problems that a product answers with, in a file named `*.problems.ts` below its `root`. They look like
 * Gatehouse's own: `type` is `urn:gatehouse:problem:<code>`.
 *
 * ```ts
 * export const ARTICLE_PROBLEMS = defineProblems({
 *   article_locked: { status: 409, detail: 'Another editor works on this article.' },
 * });
 * throw new AppError(ARTICLE_PROBLEMS.article_locked);
 * ```
 *
 * The start stops at a code that is not in snake_case or is taken, at a status below 400 or above 599, and at an empty
 * `detail`.
 * @param problems status and sentence by code; the sentence is shown to callers
 */
export function defineProblems<Code extends string>(
  problems: Readonly<Record<Code, ProblemKind>>,
): DeclaredProblems<Code> {
  const defined = Object.entries<ProblemKind>(problems).map(([code, { status, detail }]) =>
    Object.freeze({ code, status, detail }),
  );
  const handles = Object.fromEntries(defined.map((problem) => [problem.code, problem]));
  return PROBLEM_DEFINITIONS.record(handles, defined) as DeclaredProblems<Code>;
}

/** Code, status and sentence of a problem. */
export function kindOf(problem: AnyProblem): DeclaredProblem {
  return typeof problem === 'string' ? { code: problem, ...PROBLEMS[problem] } : problem;
}
