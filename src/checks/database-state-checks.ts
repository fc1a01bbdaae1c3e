import {
  clockProblem,
  DATABASE_STATE,
  type DatabaseState,
  encodingProblem,
  versionProblem,
  writingProblem,
} from '../platform/database/database-state.js';
import type { DatabaseReader } from './database-reader.js';
import type { CheckId } from './check-catalogue.js';
import { type CheckFinding, found } from './finding.js';

/** Whether Gatehouse can run on the database at all, and whether the clocks agree. */
export async function checkDatabaseState({ read }: DatabaseReader): Promise<CheckFinding[]> {
  const [state] = await read<DatabaseState>(DATABASE_STATE);
  const problems: [CheckId, string | undefined][] = [
    ['gatehouse.E008', versionProblem(state!)],
    ['gatehouse.E006', encodingProblem(state!)],
    ['gatehouse.E007', writingProblem(state!)],
    ['gatehouse.W009', clockProblem(state!, Date.now())],
  ];
  return problems.flatMap(([id, problem]) =>
    problem === undefined ? [] : [found(id, `${problem}.`)],
  );
}
