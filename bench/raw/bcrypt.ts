// Compares a password as often as this machine can, with as many threads as it has cores; tells how often a second.
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { compare, hash } from 'bcrypt';
import { PASSWORD, PRODUCTION_COST } from '../support/accounts.js';

const SECONDS = Number(process.argv[2]);

const digest = createHash('sha256').update(PASSWORD).digest('hex');
const encoded = await hash(digest, PRODUCTION_COST);
const begun = performance.now();
let count = 0;
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    while (performance.now() - begun < SECONDS * 1000) {
      if (!(await compare(digest, encoded))) throw new Error('the password was not recognised');
      count++;
    }
  }),
);
process.send!((count * 1000) / (performance.now() - begun));
