import { describe, expect, it } from '@jest/globals';
import {
  assertUsable,
  clockProblem,
  type DatabaseState,
  versionProblem,
} from './database-state.js';

const USABLE: DatabaseState = {
  version: 150_004,
  encoding: 'UTF8',
  isStandby: false,
  isReadOnly: false,
  now: 1_000_000_000,
};

describe('the state of a database', () => {
  it('is usable from PostgreSQL 15 on', () => {
    expect(() => assertUsable(USABLE)).not.toThrow();
    expect(versionProblem({ ...USABLE, version: 180_000 })).toBeUndefined();
    expect(() => assertUsable({ ...USABLE, version: 140_011 })).toThrow(
      'PostgreSQL is too old: it is 14.11, and Gatehouse needs 15 or newer. Upgrade the server.',
    );
  });

  it('is refused for a standby and for a read-only database, with what to do', () => {
    expect(() => assertUsable({ ...USABLE, isStandby: true })).toThrow('it is a standby. Name');
    expect(() => assertUsable({ ...USABLE, isReadOnly: true })).toThrow('it is read-only');
  });

  it.each([
    [5_000, undefined],
    [-5_000, undefined],
    [31_000, 'the clock of this machine is 31 s ahead of that of the database'],
    [-1_200_000, 'the clock of this machine is 1200 s behind that of the database'],
  ])('compares the clocks: %d ms', (difference, problem) => {
    expect(clockProblem(USABLE, USABLE.now + difference)).toBe(problem);
  });
});
