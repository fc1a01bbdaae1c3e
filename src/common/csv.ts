/** A text that spreadsheets take for a formula, also in compatibility forms such as full width, which NFKC folds. */
const FORMULA = /^(?:[\t\r\n]|[\s"'\p{C}\p{Z}]*[=+\-−@])/u;

/**
 * Writes a record of CSV (RFC 4180), every cell in quotes. An apostrophe before a formula makes it text, because
 * other people choose the names in an export and an administrator opens it in a spreadsheet.
 */
export function csvRecord(cells: unknown[]): string {
  return `${cells.map((cell) => quoted(disarmed(textOf(cell)))).join(',')}\r\n`;
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  return cell instanceof Date ? cell.toISOString() : JSON.stringify(cell);
}

function disarmed(text: string): string {
  return FORMULA.test(text.normalize('NFKC')) ? `'${text}` : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
