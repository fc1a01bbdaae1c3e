import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** What `environment.mjs` shows when a test fails. */
declare global {
  var reported: string[];
}

const report = (...parts: unknown[]): void => {
  const texts = parts.map((part) => (typeof part === 'string' ? part : inspect(part)));
  globalThis.reported.push(texts.join(' '));
};

/** Keeps the errors of an application under test, to be shown if the test fails. */
export const reporter: LoggerService = {
  log: () => undefined,
  warn: () => undefined,
  error: report,
  fatal: report,
};
