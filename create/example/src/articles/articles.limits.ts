import { defineLimits } from 'gatehouse';

export const ARTICLE_LIMITS = defineLimits({
  drafts: { points: 500, per: '1h', by: 'account', refusal: 'Too many drafts were begun.' },
});
