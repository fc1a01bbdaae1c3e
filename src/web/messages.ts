import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageCookies } from './page-cookies.js';

const COOKIE = 'messages';
const MAX_BYTES = 2_000;

export type MessageLevel = 'success' | 'info' | 'warning' | 'error';

/** Something that is told once. */
export interface Message {
  level: MessageLevel;
  text: string;
}

/** One-time messages: told on the next page that is shown, whatever redirects come before. */
@Injectable()
export class Messages {
  constructor(private readonly cookies: PageCookies) {}

  keep(request: FastifyRequest, reply: FastifyReply, messages: Message[]): void {
    const all = [...this.read(request), ...messages];
    // A cookie has its limits: what was told last counts.
    while (all.length > 1 && Buffer.byteLength(JSON.stringify(all)) > MAX_BYTES) all.shift();
    this.cookies.set(reply, COOKIE, JSON.stringify(all));
  }

  /** What is to be told; it will not be told again. */
  take(request: FastifyRequest, reply: FastifyReply): Message[] {
    const messages = this.read(request);
    if (messages.length > 0) this.cookies.clear(reply, COOKIE);
    return messages;
  }

  private read(request: FastifyRequest): Message[] {
    const value = this.cookies.read(request, COOKIE);
    return value === undefined ? [] : (JSON.parse(value) as Message[]);
  }
}
