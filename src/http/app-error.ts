import { type AnyProblem, kindOf } from './define-problems.js';
import type { ProblemCode } from './problem-catalogue.js';

/** One thing that is wrong with one input field. `field` is a dotted path, empty for the whole body. */
export interface Finding {
  field: string;
  code: string;
  message: string;
}

/** What an `AppError` adds to its code. */
export interface AppErrorOptions {
  /** Replaces the sentence of the problem. Shown to the caller. */
  detail?: string;
  errors?: Finding[];
  /** Seconds after which trying again may work, for the `Retry-After` header. */
  retryAfter?: number;
  /** Extension members of the problem document (RFC 9457 section 3.2). */
  extensions?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * An expected failure. Services throw it; `ProblemFilter` alone turns it into a response (RFC 9457).
 *
 * ```ts
 * throw new AppError('not_found');
 * throw new AppError(ARTICLE_PROBLEMS.article_locked, { extensions: { lockedBy: editor.username } });
 * ```
 */
export class AppError extends Error {
  readonly code: ProblemCode | (string & {});
  readonly status: number;
  readonly errors: Finding[];
  readonly retryAfter: number | undefined;
  readonly extensions: Record<string, unknown>;

  /** @param problem a code of docs/errors.md, or a problem that `defineProblems()` returned */
  constructor(problem: AnyProblem, options: AppErrorOptions = {}) {
    const { code, status, detail } = kindOf(problem);
    super(options.detail ?? detail, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.errors = options.errors ?? [];
    this.retryAfter = options.retryAfter;
    this.extensions = options.extensions ?? {};
  }

  /** 422 with everything that is wrong; a single finding is told in `detail` as well. */
  static validation(errors: Finding[]): AppError {
    return new AppError('validation_failed', {
      errors,
      ...(errors.length === 1 && { detail: errors[0]!.message }),
    });
  }
}
