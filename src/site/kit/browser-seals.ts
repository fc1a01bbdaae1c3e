import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SealingKeys, UnknownSecret } from '../../common/secret-keys.js';
import { hashOfSecret } from '../../common/secret-token.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { PageCookies } from './page-cookies.js';

/** The random secret of a browser. It says nothing about what the browser does. */
const COOKIE = 'form';

/**
 * Seals what pages, forms and addresses carry for one browser: another browser cannot use it. So a page says itself
 * what it is about, and two tabs of one browser do not mix.
 */
@Injectable()
export class BrowserSeals {
  private readonly keys: SealingKeys;
  private readonly secrets = new WeakMap<FastifyRequest, string>();

  constructor(
    private readonly cookies: PageCookies,
    config: AppConfig,
  ) {
    this.keys = new SealingKeys(config, 'browser-seals');
  }

  /** Whether the browser sent the cookie that it was given with its first form. */
  knows(request: FastifyRequest): boolean {
    return this.cookies.read(request, COOKIE) !== undefined;
  }

  /** A secret for one purpose that only this browser can cause us to derive again. */
  derive(request: FastifyRequest, reply: FastifyReply, purpose: string): string {
    return hashOfSecret(contextOf(purpose, this.secretOf(request, reply)));
  }

  seal(request: FastifyRequest, reply: FastifyReply, purpose: string, value: string): string {
    return this.keys.seal(value, contextOf(purpose, this.secretOf(request, reply)));
  }

  /** Returns what was sealed for this browser and this purpose, or undefined. */
  unseal(request: FastifyRequest, purpose: string, sealed: unknown): string | undefined {
    if (typeof sealed !== 'string' || !isCanonical(sealed)) return undefined;
    for (const secret of this.cookies.readAll(request, COOKIE)) {
      try {
        return this.keys.open(sealed, contextOf(purpose, secret), 'This page');
      } catch (error) {
        // Sealed for another browser, or made up.
        if (!(error instanceof UnknownSecret)) throw error;
      }
    }
    return undefined;
  }

  private secretOf(request: FastifyRequest, reply: FastifyReply): string {
    const remembered = this.secrets.get(request);
    if (remembered !== undefined) return remembered;
    const known = this.cookies.read(request, COOKIE);
    const secret = known ?? randomBytes(32).toString('base64url');
    this.secrets.set(request, secret);
    if (known !== undefined && !this.cookies.isOutdated(request, COOKIE, known)) return secret;
    this.cookies.set(reply, COOKIE, secret);
    return secret;
  }
}

function contextOf(purpose: string, secret: string): string {
  return `${purpose}:${secret}`;
}

/** Decoders skip what is no base64url: without this, several texts would be one value. */
function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}
