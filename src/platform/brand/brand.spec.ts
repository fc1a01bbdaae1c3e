import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OperatorError } from '../../common/operator-error.js';
import { ProductFiles } from '../../common/product-files.js';
import type { AppConfig } from '../config/app-config.js';
import { Brand } from './brand.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-brand-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(folder, 'empty.png'), '');
  writeFileSync(join(folder, 'large.png'), Buffer.alloc(512 * 1024 + 1));
  writeFileSync(join(folder, 'logo.SVG'), '<svg/>');
});
afterAll(() => rmSync(folder, { recursive: true }));

const brandOf = (options: object, appName?: string) =>
  new Brand(options, new ProductFiles(folder), { appName } as AppConfig);
const link = (href: unknown, label: unknown = 'Help') => ({ footerLinks: [{ label, href }] });

describe('a brand', () => {
  it('is Gatehouse without options, and has the name of the operator before that of the product', () => {
    expect(brandOf({})).toEqual({ name: 'Gatehouse', footerLinks: [] });
    expect(brandOf({ name: 'Northwind' }).name).toBe('Northwind');
    expect(brandOf({ name: 'Northwind' }, 'Northwind staging').name).toBe('Northwind staging');
  });

  it('finds files from the folder of package.json', () => {
    expect(brandOf({ logo: 'logo.SVG' }).logo).toMatchObject({ type: 'image/svg+xml' });
  });

  it.each([
    ['a path', '/static/terms.pdf'],
    ['another site', 'https://help.example.com/?a=b#c'],
    ['an email address', 'mailto:help@example.com'],
  ])('has links to %s', (_to, href) => {
    expect(brandOf(link(href)).footerLinks).toEqual([{ label: 'Help', href }]);
  });

  it.each<[string, object, RegExp]>([
    ['a name of two lines', { name: 'A\nB' }, /name must be one line/],
    ['an empty name', { name: ' ' }, /name must be one line/],
    ['a name that is no text', { name: 7 }, /name must be one line/],
    ['a long name', { name: 'a'.repeat(61) }, /name must be one line of 1 to 60/],
    ['a missing logo', { logo: 'no-logo.svg' }, /logo \} \}\): the file .*no-logo\.svg cannot/],
    ['a folder as logo', { logo: '../x.svg/' }, /the file .* cannot be read/],
    ['a logo of another kind', { logo: 'logo.gif' }, /logo must be one of \.svg, \.png/],
    ['an empty logo', { logo: 'empty.png' }, /logo must have 1 byte to 512 KiB/],
    ['a large icon', { favicon: 'large.png' }, /favicon must have 1 byte to 512 KiB/],
    ['more than a colour', { accentColor: 'red;}body{' }, /must be #rgb or #rrggbb.*"red;/],
    ['a colour that is no text', { accentColor: 12 }, /accentColor must be #rgb or #rrggbb/],
    ['a link that runs a script', link('javascript:alert(1)'), /footerLinks must lead to/],
    ['a link to another host', link('//evil.example'), /footerLinks must lead to/],
    ['a link without encryption', link('http://example.com'), /footerLinks must lead to/],
    ['a link that ends its attribute', link('/"onclick="'), /footerLinks must lead to/],
    ['a link to nowhere', link(undefined), /footerLinks must lead to .* one is missing/],
    ['a link without a label', link('/x', ''), /footerLinks need a label/],
    [
      '13 links',
      { footerLinks: Array.from({ length: 13 }, () => ({ label: 'x', href: '/' })) },
      /at most 12 links/,
    ],
  ])('is refused with %s', (_name, options, sentence) => {
    expect(() => brandOf(options)).toThrow(OperatorError);
    expect(() => brandOf(options)).toThrow(sentence);
  });
});
