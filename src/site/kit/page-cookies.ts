import { Injectable } from '@nestjs/common';
import { MacKeys } from '../../common/secret-keys.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieName, cookieValues } from '../../http/cookies.js';
import { AppConfig } from '../../platform/config/app-config.js';

interface CookieOptions {
  /** Seconds; left out: until the browser is closed. */
  maxAge?: number;
}

/** A value and its MAC. */
const SIGNED = /^([\w-]+)\.([\w-]{43})$/;

/**
 * Cookies of our pages (ASVS 3.3.1 to 3.3.4): `__Host-` and `Secure` with https, `HttpOnly`, `SameSite=Lax`,
 * and signed, so that nobody can make one up.
 */
@Injectable()
export class PageCookies {
  private readonly isHttps: boolean;
  private readonly keys: MacKeys;

  constructor(config: AppConfig) {
    this.isHttps = config.publicUrl.startsWith('https:');
    this.keys = new MacKeys(config, 'page-cookies');
  }

  /** Returns the first value that we signed, or undefined. */
  read(request: FastifyRequest, name: string): string | undefined {
    return this.readAll(request, name)[0];
  }

  /** Returns every value of a name that we signed: where there are several, each may be the right one. */
  readAll(request: FastifyRequest, name: string): string[] {
    // Without https, a name had no prefix until version 0.2, and such cookies still count.
    const names = this.isHttps ? [this.nameOf(name)] : [this.nameOf(name), name];
    return names.flatMap((one) => this.signedIn(request, one, name)).map(({ value }) => value);
  }

  /** Whether a previous `APP_SECRET` signed a value, so that it has to be set anew to outlive that secret. */
  isOutdated(request: FastifyRequest, name: string, value: string): boolean {
    if (!this.keys.hasPrevious) return false;
    const found = this.signedIn(request, this.nameOf(name), name);
    return found.find((one) => one.value === value)?.signer === 'previous';
  }

  /** Makes the name and the value of a cookie as a browser keeps them. */
  signedPair(name: string, value: string): [name: string, value: string] {
    const encoded = Buffer.from(value).toString('base64url');
    return [this.nameOf(name), `${encoded}.${this.sign(name, encoded)}`];
  }

  set(reply: FastifyReply, name: string, value: string, { maxAge }: CookieOptions = {}): void {
    void reply.setCookie(...this.signedPair(name, value), {
      ...this.options(),
      ...(maxAge !== undefined && { maxAge }),
    });
  }

  clear(reply: FastifyReply, name: string): void {
    void reply.setCookie(this.nameOf(name), '', { ...this.options(), maxAge: 0 });
    // Under the plain name there may be one of another application: that one stays.
    if (this.isHttps || this.signedIn(reply.request, name, name).length === 0) return;
    void reply.setCookie(name, '', { ...this.options(), maxAge: 0 });
  }

  private sign(purpose: string, value: string): string {
    return this.keys.sign(`${purpose}:${value}`);
  }

  private options() {
    return { path: '/', httpOnly: true, secure: this.isHttps, sameSite: 'lax' as const };
  }

  /** The values of cookies that are called `sentAs` and were signed as `name`. */
  private signedIn(request: FastifyRequest, sentAs: string, name: string) {
    return cookieValues(request, sentAs).flatMap((text) => {
      const [, value, signature] = SIGNED.exec(text) ?? [];
      const signer = value && this.keys.signerOf(`${name}:${value}`, signature!);
      return signer ? [{ value: Buffer.from(value, 'base64url').toString(), signer }] : [];
    });
  }

  private nameOf(name: string): string {
    return cookieName(name, this.isHttps);
  }
}
