import { defineAuditActions } from 'gatehouse';

export const ARTICLE_EVENTS = defineAuditActions('article', {
  published: 'An article was published',
});
