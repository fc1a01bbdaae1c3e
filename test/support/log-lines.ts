/** One line of the log in production. */
export interface LogLine {
  level: string;
  message: string;
  context?: string;
  requestId?: string;
  [field: string]: unknown;
}

/** Every line that a process printed. Throws when one is no JSON object with a level. */
export function logLines(output: string): LogLine[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => {
      const record = JSON.parse(line) as LogLine;
      if (typeof record.level !== 'string') throw new Error(`no line of ours: ${line}`);
      return record;
    });
}
