import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { csvDownload } from './csv-download.js';

describe('a CSV file to download', () => {
  it('reads pages no faster than its reader, and none after the reader has left', async () => {
    let read = 0;
    let hasEnded = false;
    async function* pages() {
      try {
        for (;;) yield [{ page: await Promise.resolve(read++) }];
      } finally {
        hasEnded = true;
      }
    }
    const columns = { page: ({ page }: { page: number }) => page };
    const stream = (await csvDownload('x', columns, pages())).getStream();
    const chunks = stream[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toBe('\uFEFF"page"\r\n"0"\r\n');
    expect((await chunks.next()).value).toBe('"1"\r\n');
    for (let i = 0; i < 20; i++) await setImmediate();
    expect(read).toBeLessThan(6);
    stream.destroy();
    for (let i = 0; i < 20; i++) await setImmediate();
    expect(hasEnded).toBe(true);
    expect(read).toBeLessThan(6);
  });
});
