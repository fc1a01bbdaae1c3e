import { Injectable } from '@nestjs/common';
import { OperatorError } from '../../common/operator-error.js';
import { ProductFiles } from '../../common/product-files.js';
import { isOneLine } from '../../common/text.js';
import { AppConfig } from '../config/app-config.js';
import { type Accent, accentOf, rgbIn } from './accent-color.js';
import { type BrandImage, imageOf } from './brand-image.js';

/** The name of an installation that says no other. */
const DEFAULT_NAME = 'Gatehouse';
const MAX_NAME = 60;
const MAX_LABEL = 60;
const MAX_LINKS = 12;
/** A page of the site, another site, or an email address. */
const HREF = /^(?:\/(?![/\\])|https:\/\/|mailto:)[^\s"'<>\\]*$/;

/** A link at the foot of every page and email. */
export interface FooterLink {
  /** What it is called, at most 60 characters. */
  label: string;
  /** A path of the site such as `/static/terms.pdf`, or an `https:` or `mailto:` address. */
  href: string;
}

/**
 * What a product looks like: the option `brand` of `GatehouseModule.forRoot()`. Everything is optional. A value that
 * cannot be used stops the start.
 * @example
 * ```ts
 * GatehouseModule.forRoot({
 *   root: import.meta.dirname,
 *   brand: { name: 'Northwind', logo: 'static/logo.svg', accentColor: '#7c3aed' },
 * })
 * ```
 */
export abstract class BrandOptions {
  /**
   * The name in pages, emails and the OpenAPI document, at most 60 characters. The variable `APP_NAME` goes before it:
   * the operator of an installation has the last word.
   */
  abstract readonly name?: string;
  /**
   * The logo, which stands in the place of the name in the header: the path of an SVG, PNG, JPEG or WebP file, absolute
   * or from the folder of `package.json`. Emails show a PNG or JPEG, and the name instead of any other.
   */
  abstract readonly logo?: string;
  /** The icon of browser tabs: the path of an SVG, PNG or ICO file. */
  abstract readonly favicon?: string;
  /** The colour of buttons and links, as `#rgb` or `#rrggbb`. Texts and shades are chosen so that they can be read. */
  abstract readonly accentColor?: string;
  /** Links at the foot of pages and emails, at most 12. */
  abstract readonly footerLinks?: readonly FooterLink[];
}

/** The brand of this installation, checked. Throws `OperatorError` when an option cannot be used. */
@Injectable()
export class Brand {
  readonly name: string;
  readonly logo: BrandImage | undefined;
  readonly favicon: BrandImage | undefined;
  readonly accent: Accent | undefined;
  readonly footerLinks: readonly FooterLink[];

  constructor(options: BrandOptions, files: ProductFiles, config: AppConfig) {
    const { logo, favicon, accentColor, footerLinks = [] } = options;
    this.name = Brand.nameOf(options, config);
    this.logo = logo === undefined ? undefined : imageOf(files, 'logo', logo);
    this.favicon = favicon === undefined ? undefined : imageOf(files, 'favicon', favicon);
    this.accent = accentColor === undefined ? undefined : accentIn(accentColor);
    this.footerLinks = checked(footerLinks);
  }

  /** The name alone. Throws `OperatorError` when the option cannot be used. */
  static nameOf(
    { name = DEFAULT_NAME }: Pick<BrandOptions, 'name'>,
    { appName }: Pick<AppConfig, 'appName'>,
  ): string {
    if (!isLabel(name, MAX_NAME)) refuse('name', `must be one line of 1 to ${MAX_NAME} characters`);
    return appName ?? name;
  }
}

function accentIn(color: string): Accent {
  const rgb = rgbIn(color);
  return rgb
    ? accentOf(rgb)
    : refuse('accentColor', `must be #rgb or #rrggbb, such as #7c3aed, and is ${quoted(color)}`);
}

function checked(links: readonly FooterLink[]): readonly FooterLink[] {
  if (links.length > MAX_LINKS) refuse('footerLinks', `must be at most ${MAX_LINKS} links`);
  for (const { label, href } of links) {
    if (!isLabel(label, MAX_LABEL)) {
      refuse('footerLinks', `need a label of one line and 1 to ${MAX_LABEL} characters each`);
    }
    if (!HREF.test(href)) {
      refuse(
        'footerLinks',
        `must lead to a path of the site, https: or mailto:, and one is ${quoted(href)}`,
      );
    }
  }
  return links;
}

function isLabel(text: unknown, length: number): boolean {
  return typeof text === 'string' && text.trim() !== '' && text.length <= length && isOneLine(text);
}

function refuse(option: keyof BrandOptions, sentence: string): never {
  throw new OperatorError(`forRoot({ brand }): ${option} ${sentence}.`);
}

function quoted(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 100) ?? 'missing';
}
