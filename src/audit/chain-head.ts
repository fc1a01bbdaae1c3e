import type { ChainKey, ChainKeys } from './chain-keys.js';
import type { ChainState } from './chain-state.js';

/** The end of the chain at some time, as it stands in the log. */
export interface ChainHead {
  position: number;
  hash: string;
  count: number;
  signature: string;
}

const FORM = /^(\d{1,15}):([\w-]{43}|):(\d{1,15}):([\w-]{43})$/;

/** Writes a head as `position:hash:count:signature`, to be copied in one piece. */
export function formatHead(key: ChainKey, { position, hash, count }: ChainState): string {
  return `${position}:${hash}:${count}:${key.sign('head', position, hash, count)}`;
}

/** Reads what `formatHead` wrote; undefined when it is something else. */
export function parseHead(text: string): ChainHead | undefined {
  const [, position, hash, count, signature] = FORM.exec(text.trim()) ?? [];
  if (hash === undefined) return undefined;
  return { position: Number(position), hash, count: Number(count), signature: signature! };
}

/** Whether the application wrote it, under one of the keys. */
export function isGenuineHead(keys: ChainKeys, { position, hash, count, signature }: ChainHead) {
  return keys.haveSigned(signature, 'head', position, hash, count);
}
