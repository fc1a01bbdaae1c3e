import { argon2Format } from './argon2.js';
import { bcryptFormat } from './bcrypt.js';
import type { HashKind, Work } from './hash-kind.js';
import { pbkdf2Format } from './pbkdf2.js';
import { scryptFormat } from './scrypt.js';

/**
 * The formats of stored hashes, which are Django's (`django.contrib.auth.hashers`) to the letter. A hash in
 * another than the preferred one is replaced at the next sign-in. Unsalted and single-round ones are refused.
 */
const FORMATS = [bcryptFormat, pbkdf2Format, argon2Format, scryptFormat];

/** Where each format has its salt and its digest. `password_hash_kind` in the database cuts in the same way. */
const SHAPES = [
  /^(?<head>pbkdf2_[^$]*\$[^$]*|argon2\$.*)\$(?<salt>[^$]*)\$(?<digest>[^$]*)$/s,
  /^(?<head>scrypt\$[^$]*)\$(?<salt>[^$]*)(?<tail>\$[^$]*\$[^$]*)\$(?<digest>[^$]*)$/,
  /^(?<head>bcrypt[^$]*\$\$[^$]*\$[^$]*)\$(?<digest>[^$]*)$/,
];

/** A stored hash that may be checked. */
export interface CheckableHash {
  work: Work;
  matches(password: string): Promise<boolean>;
}

/** Reads a stored hash. A text says why it is refused, and repeats neither salt nor digest. */
export function readHash(encoded: string): CheckableHash | string {
  const { kind, salt, digest } = cut(encoded);
  const found = kind === undefined ? undefined : readKind(kind);
  if (!found) return 'its format is unknown, or its parameters are malformed';
  if (found.excess) return `${found.algorithm}: ${found.excess}`;
  if (!found.accepts(salt, digest))
    return `${found.algorithm}: its salt or its digest is malformed`;
  return { work: found.work, matches: (password) => found.matches(password, salt, digest) };
}

/**
 * Why a hash that an import brings would not be checked; undefined: it would be. An unusable password
 * (`!…`) is refused here as well.
 */
export function refusalOf(encoded: string): string | undefined {
  const read = readHash(encoded);
  return typeof read === 'string' ? read : undefined;
}

/** How a stored hash was made, which administrators may know. Undefined without a usable format. */
export function describeHash(encoded: string): HashKind | undefined {
  const { kind } = cut(encoded);
  return kind === undefined ? undefined : readKind(kind);
}

/** Reads a kind as `password_hash_kind` returns it. Undefined: it is of no format, or malformed. */
export function readKind(kind: string): HashKind | undefined {
  for (const format of FORMATS) {
    const found = format(kind);
    if (found) return found;
  }
  return undefined;
}

/** A stored hash without its salt and its digest, and these. */
export function cut(encoded: string): { kind: string | undefined; salt: string; digest: string } {
  for (const shape of SHAPES) {
    const { head, salt = '', tail = '', digest = '' } = shape.exec(encoded)?.groups ?? {};
    if (head !== undefined) return { kind: head + tail, salt, digest };
  }
  return { kind: undefined, salt: '', digest: '' };
}
