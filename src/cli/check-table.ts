import type { CheckFinding } from '../checks/finding.js';

const WIDTH = 100;

/** Findings for people: one block each, with the id in front, and how many there are. */
export function tableOf(findings: CheckFinding[]): string {
  if (findings.length === 0) return 'Nothing found.';
  const indent = Math.max(...findings.map(({ id }) => id.length)) + 2;
  const blocks = findings.map(({ id, severity, what, why, mending }) =>
    [`${severity.toUpperCase()}: ${what}`, why, `→ ${mending}`]
      .flatMap((sentence) => wrap(visible(sentence), WIDTH - indent))
      .map((line, i) => (i === 0 ? id : '').padEnd(indent) + line)
      .join('\n'),
  );
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return [...blocks, `${errors} errors, ${findings.length - errors} warnings.`].join('\n\n');
}

/** Names in a finding come from the database: nothing in them may steer a terminal. */
function visible(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\uFFFD');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < width)
      lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
