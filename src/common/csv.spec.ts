import { describe, expect, it } from '@jest/globals';
import { csvRecord } from './csv.js';

describe('a record of CSV', () => {
  it('quotes every cell, and doubles quotes', () => {
    expect(csvRecord(['a', 'b,"c"', 'd\r\ne', '', null, undefined])).toBe(
      '"a","b,""c""","d\r\ne","","",""\r\n',
    );
  });

  it('writes times, numbers, truths and objects as text', () => {
    const at = new Date('2026-11-26T10:00:00Z');
    expect(csvRecord([at, 1, true, { a: 'b' }])).toBe(
      '"2026-11-26T10:00:00.000Z","1","true","{""a"":""b""}"\r\n',
    );
  });

  const signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'];
  const before = ['', ' ', '\u00A0', '\u3000', '\uFEFF', '\u200B', '"', "'", '\'"', ' \n "', '＂'];
  it.each(signs)(
    'disarms a formula that begins with %s, also after white space and quotes',
    (sign) => {
      for (const start of before) {
        const text = `${start}${sign}1+1`;
        expect(csvRecord([text])).toBe(`"'${text.replaceAll('"', '""')}"\r\n`);
      }
    },
  );

  it.each(['\tx', '\rx', '\nx'])('disarms %j', (text) => {
    expect(csvRecord([text])).toBe(`"'${text}"\r\n`);
  });

  it.each(['a=1', 'ann@example.com', 'x-y', "O'Brien", ' a', '2026', '{"a":"=1"}'])(
    'leaves %s as it is',
    (text) => {
      expect(csvRecord([text])).toBe(`"${text.replaceAll('"', '""')}"\r\n`);
    },
  );
});
