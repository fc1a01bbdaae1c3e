import { defineSeed } from 'gatehouse';

/** Readers for development. Their password is "a window by the sea". */
export const PEOPLE = defineSeed('people', async ({ addAccounts }) => {
  const names = Array.from({ length: 300 }, (_, i) => `reader${i + 1}`);
  const accounts = names.map((username) => ({ username, email: `${username}@example.com` }));
  const people = await addAccounts(accounts, { password: 'a window by the sea' });
  return `${people.length} people`;
});
