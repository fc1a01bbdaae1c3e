import { Readable } from 'node:stream';
import { Logger, StreamableFile } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { csvRecord } from '../common/csv.js';

/** The columns of a file, by name: how each is read from an item. */
export type CsvColumns<Item> = Record<string, (item: Item) => unknown>;

/** Without it, Excel reads UTF-8 as another encoding. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Streams items as a CSV file to download, one page in memory at a time. A failure after the first page breaks the
 * connection, so that a truncated file never looks complete.
 */
export async function csvDownload<Item>(
  name: string,
  columns: CsvColumns<Item>,
  pages: AsyncGenerator<Item[], void>,
): Promise<StreamableFile> {
  // Before the answer begins: a failure here still has a problem document.
  const first = (await pages.next()).value ?? [];
  const date = new Date().toISOString().slice(0, 10);
  return new StreamableFile(Readable.from(csvText(columns, first, pages)), {
    type: 'text/csv; charset=utf-8; header=present',
    disposition: `attachment; filename="${name}-${date}.csv"`,
  });
}

/** Documents a CSV file as the answer. */
export function ApiCsv(description: string): MethodDecorator {
  return ApiOkResponse({ description, content: { 'text/csv': { schema: { type: 'string' } } } });
}

async function* csvText<Item>(
  columns: CsvColumns<Item>,
  first: Item[],
  others: AsyncGenerator<Item[], void>,
): AsyncGenerator<string, void> {
  const readers = Object.values(columns);
  const recordsOf = (items: Item[]) =>
    items.map((item) => csvRecord(readers.map((read) => read(item)))).join('');
  yield BYTE_ORDER_MARK + csvRecord(Object.keys(columns)) + recordsOf(first);
  try {
    for await (const items of others) yield recordsOf(items);
  } catch (error) {
    // The answer has begun with 200, so that only the log can say why it broke off.
    const { message, stack } = error as Error;
    new Logger('Export').error(`A CSV file broke off: ${message}`, stack);
    throw error;
  }
}
