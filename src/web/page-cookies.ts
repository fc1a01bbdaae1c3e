import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { deriveMacKey, equalSecrets, mac } from '../common/crypto.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '../config/app-config.js';

interface CookieOptions {
  /** Seconds; left out: until the browser is closed. */
  maxAge?: number;
}

/**
 * Cookies of our pages (ASVS 3.3.1 to 3.3.4): `__Host-` and `Secure` with https, `HttpOnly`, `SameSite=Lax`,
 * and signed, so that nobody can make one up.
 */
@Injectable()
export class PageCookies {
  private readonly isHttps: boolean;
  private readonly key: KeyObject;

  constructor({ publicUrl, appSecret }: AppConfig) {
    this.isHttps = publicUrl.startsWith('https:');
    this.key = deriveMacKey(appSecret, 'page-cookies');
  }

  /** The value that we set; undefined for none, and for one that is not of ours. */
  read(request: FastifyRequest, name: string): string | undefined {
    const cookie = request.cookies[this.nameOf(name)] ?? '';
    const separator = cookie.lastIndexOf('.');
    const value = cookie.slice(0, Math.max(separator, 0));
    if (!value || !equalSecrets(cookie.slice(separator + 1), this.sign(name, value))) {
      return undefined;
    }
    return Buffer.from(value, 'base64url').toString();
  }

  set(reply: FastifyReply, name: string, value: string, { maxAge }: CookieOptions = {}): void {
    const encoded = Buffer.from(value).toString('base64url');
    void reply.setCookie(this.nameOf(name), `${encoded}.${this.sign(name, encoded)}`, {
      ...this.options(),
      ...(maxAge !== undefined && { maxAge }),
    });
  }

  clear(reply: FastifyReply, name: string): void {
    void reply.setCookie(this.nameOf(name), '', { ...this.options(), maxAge: 0 });
  }

  /** A MAC for something that belongs to a cookie, such as the token in a form. */
  sign(purpose: string, value: string): string {
    return mac(this.key, `${purpose}:${value}`);
  }

  private options() {
    return { path: '/', httpOnly: true, secure: this.isHttps, sameSite: 'lax' as const };
  }

  private nameOf(name: string): string {
    return this.isHttps ? `__Host-${name}` : name;
  }
}
