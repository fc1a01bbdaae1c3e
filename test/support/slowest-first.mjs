import TestSequencer from '@jest/test-sequencer';

/** What takes longest, longest first: begun last, one of them alone would be waited for in the end. */
const SLOW = ['embedded-postgres', 'email-delivery', 'admin', 'pages', 'access-matrix'];

/** The order of a fresh clone, which has no times of its own yet. */
export default class SlowestFirst extends TestSequencer {
  sort(tests) {
    const rankOf = ({ path }) => {
      const rank = SLOW.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return rank < 0 ? SLOW.length : rank;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's, but that of Jest's sequencer
    return super.sort(tests).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
