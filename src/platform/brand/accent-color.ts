/** Red, green and blue, each from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colours that an accent colour leads to. Every text is readable on what it stands on (WCAG 2.2, 1.4.3). */
export interface Accent {
  /** The colour itself: the area of buttons, badges and ticks. */
  fill: Rgb;
  /** Text on it: white or black. */
  onFill: Rgb;
  /** The area of a button under the pointer, and while it is pressed. */
  hover: Rgb;
  active: Rgb;
  light: AccentOnPage;
  dark: AccentOnPage;
}

/** Shades of the accent colour on the page itself. */
export interface AccentOnPage {
  /** Links and outlined buttons. */
  text: Rgb;
  textHover: Rgb;
  /** What shows where a button ends, also when its area is as light or dark as the page (WCAG 2.2, 1.4.11). */
  border: Rgb;
}

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const TEXT_RATIO = 4.5;
const BORDER_RATIO = 3;
const STEPS = 50;

/** The areas of a page that are closest to the text on them, in light and dark: Bootstrap's `tertiary-bg`. */
export const PAGE_COLORS = { light: [248, 249, 250] as Rgb, dark: [43, 48, 53] as Rgb };

const HEX = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

/** Reads `#rgb` or `#rrggbb`. Undefined for any other text. */
export function rgbIn(text: string): Rgb | undefined {
  if (!HEX.test(text)) return undefined;
  const digits = text.length === 4 ? text.replaceAll(/[0-9a-f]/gi, '$&$&') : text;
  const value = Number.parseInt(digits.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Everything that a style sheet needs of an accent colour. */
export function accentOf(fill: Rgb): Accent {
  // One of both has 4.58:1 on every colour.
  const onFill = contrast(fill, WHITE) >= contrast(fill, BLACK) ? WHITE : BLACK;
  const away = onFill === WHITE ? BLACK : WHITE;
  return {
    fill,
    onFill,
    hover: mix(fill, away, 0.15),
    active: mix(fill, away, 0.25),
    light: onPage(fill, PAGE_COLORS.light, BLACK),
    dark: onPage(fill, PAGE_COLORS.dark, WHITE),
  };
}

function onPage(fill: Rgb, page: Rgb, away: Rgb): AccentOnPage {
  const text = shadeOf(fill, page, away, TEXT_RATIO);
  return {
    text,
    textHover: mix(text, away, 0.25),
    border: shadeOf(fill, page, away, BORDER_RATIO),
  };
}

/** The shade next to a colour that has a contrast to the page. */
function shadeOf(color: Rgb, page: Rgb, away: Rgb, ratio: number): Rgb {
  for (let step = 0; step < STEPS; step++) {
    const shade = mix(color, away, step / STEPS);
    if (contrast(shade, page) >= ratio) return shade;
  }
  return away;
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return from.map((value, i) => Math.round(value + (to[i]! - value) * share)) as unknown as Rgb;
}

/** The ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Rgb, other: Rgb): number {
  const [lighter, darker] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (lighter! + 0.05) / (darker! + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** As a style sheet writes it: `#0b5ed7`. */
export function hexOf(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
