import { mkdir, writeFile } from 'node:fs/promises';
import { describeMachine } from './machine.js';
import type { Measured } from './rounds.js';

/** Where the figures of the last run are, one file a benchmark. */
const FOLDER = 'bench-results';

/** One figure that was measured, and what it was compared with. */
export interface Row {
  what: string;
  /** Such as `requests/s`. */
  unit: string;
  value: number;
  rounds?: number[];
  /** Against which row, how much, and what the goal is. */
  ratio?: { of: string; value: number; goal: string; isMet: boolean };
}

/** A goal that a ratio reaches from below or from above. */
export type Goal = { atLeast: number } | { atMost: number };

export interface Result {
  name: string;
  rows: Row[];
  /** What else was seen. */
  notes?: string[];
}

export function row(what: string, unit: string, { median, rounds }: Measured): Row {
  return { what, unit, value: median, rounds };
}

/** The same row, compared with another by their medians. */
export function against(compared: Row, base: Row, goal: Goal): Row {
  const value = compared.value / base.value;
  return { ...compared, ratio: { of: base.what, value, ...judged(value, goal, '×') } };
}

/** A figure that has a goal by itself. */
export function alone(compared: Row, goal: Goal): Row {
  const judgement = judged(compared.value, goal, ` ${compared.unit}`);
  return { ...compared, ratio: { of: '', value: compared.value, ...judgement } };
}

export function print({ name, rows, notes = [] }: Result): void {
  console.log(`\n## ${name}\n`);
  console.log('| what | median | rounds | ratio | goal |\n|---|---|---|---|---|');
  for (const { what, unit, value, rounds, ratio } of rows) {
    const compared = ratio?.of ? `${round(ratio.value)} × ${ratio.of}` : '';
    const goal = ratio ? `${ratio.goal}: ${ratio.isMet ? 'met' : 'missed'}` : '';
    const seen = rounds?.map(round).join(', ') ?? '';
    console.log(`| ${what} | ${round(value)} ${unit} | ${seen} | ${compared} | ${goal} |`);
  }
  for (const note of notes) console.log(`\n${note}`);
}

export async function save(result: Result, postgres: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const report = {
    ...result,
    machine: describeMachine(),
    postgres,
    measuredAt: new Date().toISOString(),
  };
  await writeFile(`${FOLDER}/${result.name}.json`, `${JSON.stringify(report, null, 2)}\n`);
}

function judged(value: number, goal: Goal, unit: string): { goal: string; isMet: boolean } {
  return 'atLeast' in goal
    ? { goal: `≥ ${goal.atLeast}${unit}`, isMet: value >= goal.atLeast }
    : { goal: `≤ ${goal.atMost}${unit}`, isMet: value <= goal.atMost };
}

/** Three digits that count. */
function round(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
