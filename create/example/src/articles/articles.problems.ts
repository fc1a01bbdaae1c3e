import { defineProblems } from 'gatehouse';

export const ARTICLE_PROBLEMS = defineProblems({
  article_locked: { status: 409, detail: 'A published article cannot be changed.' },
});
