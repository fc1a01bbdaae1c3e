import type { DataSource } from 'typeorm';

/** So many pages of a table at once: no statement takes long, however large the table is. */
const BATCH_PAGES = 4_096;

/** Which part of a large table is looked through, for what no index finds. */
export type Part = { hour: number } | 'all';

/** From where to where rows are physically, as values of `ctid`; without the end. */
export type Stretch = [from: string, to: string];

/** The stretches of a part of a table. A large table has as many parts as a day has hours. */
export async function* stretchesOf(
  dataSource: DataSource,
  table: string,
  part: Part,
): AsyncGenerator<Stretch> {
  const [{ pages }] = await dataSource.query<[{ pages: number }]>(
    `SELECT (pg_relation_size($1::regclass) / current_setting('block_size')::integer)::integer AS pages`,
    [table],
  );
  const isWhole = part === 'all' || pages <= BATCH_PAGES;
  const from = isWhole ? 0 : Math.floor((pages * part.hour) / 24);
  const to = isWhole ? pages : Math.floor((pages * (part.hour + 1)) / 24);
  for (let page = from; page < to; page += BATCH_PAGES) {
    yield [`(${page},0)`, `(${Math.min(page + BATCH_PAGES, to)},0)`];
  }
}
