import { searchForm, wordsOf } from '../../users/search-form.js';

const MAX_WORDS = 10;
/** The index takes the longer, the more letters it is asked for: so many tell people apart. */
const INDEXED_LETTERS = 8;

/** A condition over a row `u` of users, and its parameters. */
export interface Condition {
  sql: string;
  parameters: Record<string, string>;
}

/** That each word of a search appears, which the index users_search_idx finds; undefined for a search without words. */
export function conditionOf(search = ''): Condition | undefined {
  const words = wordsOf(searchForm(search)).slice(0, MAX_WORDS);
  if (words.length === 0) return undefined;
  const parameters: Record<string, string> = {};
  const conditions = words.map((word, i) => {
    const [whole, part] = [`word${i}`, `part${i}`];
    const indexed = partOf(word);
    parameters[part] = patternOf(indexed);
    if (indexed === word) return `s.text LIKE :${part}`;
    parameters[whole] = word;
    // No index knows strpos: this is asked of what the part has found.
    return `s.text LIKE :${part} AND strpos(s.text, :${whole}) > 0`;
  });
  return {
    sql: `u.id IN (SELECT s.user_id FROM user_search_texts s WHERE ${conditions.join(' AND ')})`,
    parameters,
  };
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
