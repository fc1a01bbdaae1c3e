import { SEARCHED_TEXT } from '../users/user-search.sql.js';

const MAX_WORDS = 10;
/** The index takes the longer, the more letters it is asked for: so many tell people apart. */
const INDEXED_LETTERS = 8;

/** A condition over a row `u` of users, and its parameters. */
export interface Condition {
  sql: string;
  parameters: Record<string, string>;
}

/** One condition for each word of a search: that it appears, which the index users_search_idx finds. */
export function conditionsOf(search = ''): Condition[] {
  const words = search.replaceAll('\0', ' ').normalize('NFKC').split(/\s+/u).filter(Boolean);
  return words.slice(0, MAX_WORDS).map((word, i) => {
    const [whole, part] = [`word${i}`, `part${i}`];
    const indexed = partOf(word);
    const isFound = `${SEARCHED_TEXT} LIKE lower(:${part})`;
    return indexed === word
      ? { sql: isFound, parameters: { [part]: patternOf(word) } }
      : {
          // No index knows strpos: this is asked of what the part has found.
          sql: `${isFound} AND strpos(${SEARCHED_TEXT}, lower(:${whole})) > 0`,
          parameters: { [part]: patternOf(indexed), [whole]: word },
        };
  });
}

/** What the index is asked for: of an address the end before the host, which many share, else the end of the word. */
function partOf(word: string): string {
  const at = word.indexOf('@');
  const telling = at < 2 ? word : word.slice(0, at + 1);
  return Array.from(telling).slice(-INDEXED_LETTERS).join('');
}

// Three letters in a row are what the index can look up; fewer, only where a word begins.
function patternOf(word: string): string {
  const literal = word.replaceAll(/[\\%_]/g, String.raw`\$&`);
  return Array.from(word).length < 3 ? `% ${literal}%` : `%${literal}%`;
}
