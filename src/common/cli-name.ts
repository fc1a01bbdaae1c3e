import { OWN_FOLDER } from './package-folder.js';

/**
 * How a command begins, in every text that names one: `npm run cli --` where Gatehouse itself is developed or deployed,
 * and `npx gatehouse` in a product.
 */
export const CLI = process.cwd() === OWN_FOLDER ? 'npm run cli --' : 'npx gatehouse';
