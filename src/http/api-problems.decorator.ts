import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { AppError, type Finding } from './app-error.js';
import { type AnyProblem, kindOf } from './define-problems.js';
import { ProblemDto } from './problem.dto.js';
import { problemFor } from './problem.js';

const EXAMPLE_FINDING: Finding = {
  field: 'username',
  code: 'required',
  message: 'This field is required.',
};

/**
 * Documents the failures of an operation: one response for each status, one example for each code.
 *
 * ```ts
 * @ApiProblems('not_found', ARTICLE_PROBLEMS.article_locked)
 * ```
 * @param problems codes of docs/errors.md, or problems that `defineProblems()` returned
 */
export function ApiProblems(...problems: AnyProblem[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...Object.entries(problemResponses(problems)).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response }),
    ),
  );
}

/** The OpenAPI responses for these failures, by status. */
export function problemResponses(problems: AnyProblem[]) {
  const kinds = problems.map((problem) => ({ problem, ...kindOf(problem) }));
  return Object.fromEntries(
    [...new Set(kinds.map(({ status }) => status))].map((status) => {
      const ofStatus = kinds.filter((kind) => kind.status === status);
      return [
        status,
        {
          description: ofStatus.map(({ detail }) => detail).join(' '),
          content: {
            'application/problem+json': {
              schema: { $ref: getSchemaPath(ProblemDto) },
              examples: Object.fromEntries(
                ofStatus.map(({ code, problem }) => [code, { value: exampleOf(problem) }]),
              ),
            },
          },
        },
      ];
    }),
  );
}

function exampleOf(problem: AnyProblem) {
  const errors = problem === 'validation_failed' ? [EXAMPLE_FINDING] : [];
  return problemFor(new AppError(problem, { errors }), '/api/example').body;
}
