import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { accentOf, contrast, hexOf, PAGE_COLORS, type Rgb, rgbIn } from './accent-color.js';

const channel = fc.integer({ min: 0, max: 255 });
const color = fc.tuple(channel, channel, channel);

describe('an accent colour', () => {
  it('leads to texts that are readable on what they stand on, whatever it is [WCAG 1.4.3, 1.4.11]', () => {
    fc.assert(
      fc.property(color, (fill: Rgb) => {
        const { onFill, hover, active, light, dark } = accentOf(fill);
        for (const area of [fill, hover, active]) {
          expect(contrast(onFill, area)).toBeGreaterThanOrEqual(4.5);
        }
        for (const [shades, page] of [
          [light, PAGE_COLORS.light],
          [dark, PAGE_COLORS.dark],
        ] as const) {
          expect(contrast(shades.text, page)).toBeGreaterThanOrEqual(4.5);
          expect(contrast(shades.textHover, page)).toBeGreaterThanOrEqual(4.5);
          expect(contrast(shades.border, page)).toBeGreaterThanOrEqual(3);
        }
      }),
      { numRuns: 2_000, examples: [[[0, 0, 0]], [[255, 255, 255]], [[255, 204, 0]]] },
    );
  });

  it('stays what it is where it can be read', () => {
    const { light, dark } = accentOf(rgbIn('#0b5ed7')!);
    expect(hexOf(light.text)).toBe('#0b5ed7');
    expect(hexOf(dark.text)).not.toBe('#0b5ed7');
  });

  it.each([
    'red',
    '#12',
    '#12345g',
    '#0b5ed7ff',
    'rgb(1,2,3)',
    '#fff}body{',
    ' #fff',
    '#fff\n',
    '',
  ])('is not read from %j', (text) => expect(rgbIn(text)).toBeUndefined());

  it('is read from short and long hexadecimal digits', () => {
    expect(rgbIn('#F0a')).toEqual([255, 0, 170]);
    expect(rgbIn('#0B5ed7')).toEqual([11, 94, 215]);
  });
});
