/** What administrators may know of a stored hash: how it was made, never the salt or the digest. */
export interface HashDescription {
  algorithm: string;
  /** As the format writes it: cost, iterations, or memory and passes. */
  workFactor: string;
}

const FORMATS: [RegExp, (parts: string[]) => HashDescription][] = [
  [
    /^(bcrypt_sha256|bcrypt)\$\$?2[aby]\$(\d\d)\$/,
    ([algorithm, cost]) => ({ algorithm: algorithm!, workFactor: `cost ${Number(cost)}` }),
  ],
  [
    /^(pbkdf2_sha256|pbkdf2_sha1)\$(\d+)\$/,
    ([algorithm, count]) => ({ algorithm: algorithm!, workFactor: `${count} iterations` }),
  ],
  [
    /^argon2\$(argon2i|argon2id)\$(?:v=\d+\$)?([\w=,]+)\$/,
    ([algorithm, parameters]) => ({ algorithm: algorithm!, workFactor: parameters! }),
  ],
  [
    /^(scrypt)\$(\d+)\$[^$]+\$(\d+)\$(\d+)\$/,
    ([algorithm, n, r, p]) => ({ algorithm: algorithm!, workFactor: `N=${n},r=${r},p=${p}` }),
  ],
];

/** Null for an account without a usable password. */
export function describeHash(encoded: string): HashDescription | null {
  for (const [pattern, describe] of FORMATS) {
    const [, ...parts] = pattern.exec(encoded) ?? [];
    if (parts.length > 0) return describe(parts);
  }
  return null;
}
