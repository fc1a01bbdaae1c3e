import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { OperatorError } from '../../common/operator-error.js';
import type { ProductFiles } from '../../common/product-files.js';

const MAX_BYTES = 512 * 1024;

const TYPES = {
  logo: {
    '.svg': 'image/svg+xml',
    '.png': 'image/png',
    '.jpg': 'image/jpeg',
    '.jpeg': 'image/jpeg',
    '.webp': 'image/webp',
  },
  favicon: { '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon' },
} as const;

/** A picture of the brand, in memory. */
export interface BrandImage {
  /** With the dot: `.svg`. */
  extension: string;
  type: string;
  body: Buffer;
  /** The first bytes of the SHA-256 of its content: an address with it may be kept for ever. */
  digest: string;
}

/** Reads a picture of the product. Throws `OperatorError` when it cannot be used. */
export function imageOf(files: ProductFiles, option: keyof typeof TYPES, path: string): BrandImage {
  const extension = extname(path).toLowerCase();
  const type = (TYPES[option] as Record<string, string>)[extension];
  if (type === undefined) {
    const known = Object.keys(TYPES[option]).join(', ');
    throw new OperatorError(`forRoot({ brand }): ${option} must be one of ${known}: ${path}.`);
  }
  const body = files.readFile(`brand: { ${option} }`, path);
  if (body.length === 0 || body.length > MAX_BYTES) {
    throw new OperatorError(
      `forRoot({ brand }): ${option} must have 1 byte to ${MAX_BYTES / 1024} KiB: ${path}.`,
    );
  }
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  return { extension, type, body, digest };
}
