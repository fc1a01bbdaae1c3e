import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { AppError, type Finding } from './app-error.js';
import { PROBLEMS, type ProblemCode } from './problem-catalogue.js';
import { ProblemDto } from './problem.dto.js';
import { problemFor } from './problem.js';

const EXAMPLE_FINDING: Finding = {
  field: 'username',
  code: 'required',
  message: 'This field is required.',
};

/** Documents the failures of an operation: one response for each status, one example for each code. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...Object.entries(problemResponses(codes)).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response }),
    ),
  );
}

/** The OpenAPI responses for these failures, by status. */
export function problemResponses(codes: ProblemCode[]) {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const codesOfStatus = codes.filter((code) => PROBLEMS[code].status === status);
      return [
        status,
        {
          description: codesOfStatus.map((code) => PROBLEMS[code].detail).join(' '),
          content: {
            'application/problem+json': {
              schema: { $ref: getSchemaPath(ProblemDto) },
              examples: Object.fromEntries(
                codesOfStatus.map((code) => [code, { value: exampleOf(code) }]),
              ),
            },
          },
        },
      ];
    }),
  );
}

function exampleOf(code: ProblemCode) {
  const errors = code === 'validation_failed' ? [EXAMPLE_FINDING] : [];
  return problemFor(new AppError(code, { errors }), '/api/example').body;
}
