import { PageQuery } from '../../http/page.js';
import { validForm } from './form-validation.js';

interface NextPageProps {
  /** The address of the list. */
  path: string;
  /** What the list is filtered and ordered by. */
  query?: Record<string, string>;
  isFirst: boolean;
  nextCursor: string | null;
  /** The field of the query that holds the cursor, where a page has several lists. */
  field?: string;
}

/** The way on in a list, and back to its beginning. */
export function NextPage({
  path,
  query = {},
  isFirst,
  nextCursor,
  field = 'cursor',
}: NextPageProps) {
  if (isFirst && nextCursor === null) return null;
  return (
    <nav aria-label="Pages" class="d-flex gap-2">
      {!isFirst && (
        <a class="btn btn-outline-secondary" href={address(path, query)}>
          First page
        </a>
      )}
      {nextCursor !== null && (
        <a
          class="btn btn-outline-secondary"
          href={address(path, { ...query, [field]: nextCursor })}
          rel="next"
        >
          Next page
        </a>
      )}
    </nav>
  );
}

/** An address with a query, without what is empty. */
export function address(path: string, query: Record<string, string | undefined>): string {
  const entries = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return entries.length > 0 ? `${path}?${new URLSearchParams(entries).toString()}` : path;
}

/** Of a query, the fields of a filter that were given; fields that came empty count as left out. */
export function given(
  query: Record<string, unknown>,
  fields: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .map((field) => [field, query[field]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
}

/**
 * Which page of a list a visitor asks for. Throws `AppError` 422 for an invalid cursor.
 * @param field the field of the query that holds the cursor
 */
export async function pageAskedFor(
  query: Record<string, unknown>,
  field = 'cursor',
): Promise<PageQuery> {
  const { [field]: cursor } = given(query, [field]);
  return validForm(PageQuery, cursor === undefined ? {} : { cursor });
}
