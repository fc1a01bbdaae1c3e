import { createHash, pbkdf2Sync, scryptSync } from 'node:crypto';
import { hashRaw } from '@node-rs/argon2';
import { hash } from 'bcrypt';

const SALT = 'saltsaltsaltsalt';
const MEMORY = 1024 * 1024 * 1024;

/** Hashes of a password as Django stores them, with any parameters. */
export const hashWith = {
  pbkdf2: async (password: string, iterations: number, digest: 'sha256' | 'sha1' = 'sha256') => {
    const bytes = digest === 'sha256' ? 32 : 20;
    const derived = pbkdf2Sync(password, SALT, iterations, bytes, digest);
    return `pbkdf2_${digest}$${iterations}$${SALT}$${derived.toString('base64')}`;
  },
  scrypt: async (password: string, N: number, r: number, p: number) => {
    const derived = scryptSync(password, SALT, 64, { N, r, p, maxmem: MEMORY });
    return `scrypt$${N}$${SALT}$${r}$${p}$${derived.toString('base64')}`;
  },
  argon2: async (password: string, m: number, t: number, p: number) => {
    const salt = Buffer.from(SALT);
    const costs = { memoryCost: m, timeCost: t, parallelism: p };
    const derived = await hashRaw(password, { ...costs, algorithm: 2, version: 1, salt });
    return `argon2$argon2id$v=19$m=${m},t=${t},p=${p}$${unpadded(salt)}$${unpadded(derived)}`;
  },
  bcrypt: async (password: string, cost: number) => `bcrypt$${await hash(password, cost)}`,
  own: async (password: string, cost: number) => {
    const digest = createHash('sha256').update(password).digest('hex');
    return `bcrypt_sha256$${await hash(digest, cost)}`;
  },
};

const NUMBERS = ['', '0', '-1', '+8', '08', '8.0', '8e0', '0x8', ' 8', '8 ', '\uFF18'];
const HUGE = ['99999999', '2147483648', '4294967295', '4294967304', '9'.repeat(30)];

/**
 * Hashes of a password with parameters that are missing, repeated, out of order, zero, negative, huge or
 * written in another way. Each has the digest that is right for the parameters before they were changed.
 */
export async function malformedHashes(password: string): Promise<string[]> {
  const argon2 = await hashWith.argon2(password, 64, 8, 8);
  const pbkdf2 = await hashWith.pbkdf2(password, 8);
  const scrypt = await hashWith.scrypt(password, 8, 8, 8);
  const bcrypt = await hashWith.bcrypt(password, 4);
  const counts = [...NUMBERS, ...HUGE];
  const changed = (encoded: string, part: string, others: string[]) =>
    others.map((other) => encoded.replace(part, () => other));
  const each = (build: (count: string) => string) => counts.map(build);
  return [
    ...changed(argon2, 'm=64,t=8,p=8', [
      ...each((count) => `m=${count},t=8,p=8`),
      ...each((count) => `m=64,t=${count},p=8`),
      ...each((count) => `m=64,t=8,p=${count}`),
      ...'m=63,t=8,p=8 t=8,m=64,p=8 m=64,m=64,t=8,p=8 m=64,t=8 m=64,t=8,p=8,p=8'.split(' '),
      ...'m=64,t=8,p=8,keyid=AAAA m=64,t=8,p=8,data=AAAA m=64;t=8;p=8 M=64,T=8,P=8'.split(' '),
    ]),
    ...changed(argon2, 'v=19$', 'v=16$ v=18$ v=20$ v=019$ v=$ v=19$v=19$ v=19,$ 19$'.split(' ')),
    ...changed(argon2, 'argon2id', ['argon2x', 'argon2', 'argon2ID', '']),
    ...changed(pbkdf2, '$8$', [...each((count) => `$${count}$`), '$', '$8$8$']),
    ...changed(pbkdf2, 'sha256', ['sha512', 'md5', 'SHA256', '']),
    ...changed(scrypt, '$8$salt', [
      ...each((count) => `$${count}$salt`),
      ...'$7$salt $9$salt $1$salt $1073741824$salt'.split(' '),
    ]),
    ...changed(scrypt, '$8$8$', [
      ...each((count) => `$${count}$8$`),
      ...each((count) => `$8$${count}$`),
      ...'$ $8$ $8$8$8$'.split(' '),
    ]),
    ...changed(bcrypt, '$04$', '$$ $4$ $004$ $03$ $00$ $31$ $99$ $-4$'.split(' ')),
    ...changed(bcrypt, '$2b$', '$2$ $2x$ $2B$ $1$ $$'.split(' ')),
    ...[argon2, pbkdf2, scrypt, bcrypt].flatMap((one) => [`${one}\n`, ` ${one}`, `${one}$`]),
    ...['', 'plain', password, 'argon2$', 'scrypt$1$2$3', 'bcrypt$$', 'pbkdf2_$$$$'],
  ];
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
