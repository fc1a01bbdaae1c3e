import { definePermissions } from 'gatehouse';

/** What may be done with articles, and the role that comes with it. */
export const ARTICLES = definePermissions(
  'articles',
  { publish: 'Publish articles' },
  { roles: { editor: ['publish'] } },
);
