import type { PageContext } from '../kit/page-context.js';

/**
 * Binds what was begun with a provider to the browser that began it (ATTACKS A36). Which attempt an answer is for, the
 * answer says itself: any number of tabs may be at a provider.
 */
export function handleOf(page: PageContext): string {
  return page.secretFor('federation');
}
