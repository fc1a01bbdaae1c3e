import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashOfSecret } from '../../common/secret-token.js';
import { PageCookies } from './page-cookies.js';

const COOKIE = 'messages';
const MAX_BYTES = 2_000;
/** Seconds. A page that shows no messages must not leave them to a later one. */
const KEPT_FOR = 60;

/** How a message looks, and how it is announced. */
export type MessageLevel = 'success' | 'info' | 'warning' | 'error';

/** Something that is told once. */
export interface Message {
  level: MessageLevel;
  text: string;
}

/** A message with the page that it is for, as a short hash of its address. */
type Addressed = Message & { to: string };

/** One-time messages: told on the page to which a form led, whatever redirects come before, and in no other tab. */
@Injectable()
export class Messages {
  constructor(private readonly cookies: PageCookies) {}

  /** Keeps messages for the page of an address, with those that were on their way to the page of the request. */
  keepMessages(
    request: FastifyRequest,
    reply: FastifyReply,
    address: string,
    messages: Message[],
  ): void {
    const [passing, others] = this.split(request);
    if (passing.length + messages.length === 0) return;
    const to = idOf(address);
    const all = [...others, ...[...passing, ...messages].map((one) => ({ ...one, to }))];
    // A cookie has its limits: what was told last counts.
    while (all.length > 1 && Buffer.byteLength(JSON.stringify(all)) > MAX_BYTES) all.shift();
    this.write(reply, all);
  }

  /** What is to be told on the page of the request; it will not be told again. */
  takeMessages(request: FastifyRequest, reply: FastifyReply): Message[] {
    const [messages, others] = this.split(request);
    if (messages.length > 0) this.write(reply, others);
    return messages;
  }

  private split(request: FastifyRequest): [Addressed[], Addressed[]] {
    const value = this.cookies.read(request, COOKIE);
    const all = value === undefined ? [] : (JSON.parse(value) as Addressed[]);
    const here = idOf(request.url);
    return [all.filter(({ to }) => to === here), all.filter(({ to }) => to !== here)];
  }

  private write(reply: FastifyReply, messages: Addressed[]): void {
    if (messages.length === 0) this.cookies.clear(reply, COOKIE);
    else this.cookies.set(reply, COOKIE, JSON.stringify(messages), { maxAge: KEPT_FOR });
  }
}

function idOf(address: string): string {
  return hashOfSecret(address.split('#', 1)[0]!).slice(0, 12);
}
