import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { withoutQuery } from '../../common/url-parts.js';
import { hashOfSecret } from '../../common/secret-token.js';
import { BrowserSeals } from './browser-seals.js';
import { PageCookies } from './page-cookies.js';
import { FORM_TOKEN_FIELD, type KeptValues } from './page-frame.js';
import { SHOWN_PREFIX, shownIn } from './shown.js';

const PURPOSE = 'kept-form';
/** Seconds. */
const KEPT_FOR = 15 * 60;
/** What still fits into a cookie after it was sealed and encoded. */
const MAX_BYTES = 1_900;
/** Never leaves the form, not even sealed. */
const SECRET = /password|secret|token|passphrase|\bcode\b/i;

/** What was typed into a form that could not be sent. */
export interface KeptForm {
  /** Where the form is sent to. */
  action: string;
  /** Whose form it was. */
  userId: string;
  values: KeptValues;
}

/**
 * What was typed into a form whose session had ended: it is shown again when its author has signed in. Sealed for the
 * browser and bound to the account and the page, so that no other tab and no other person gets it. No secret is kept.
 */
@Injectable()
export class KeptForms {
  constructor(
    private readonly cookies: PageCookies,
    private readonly seals: BrowserSeals,
  ) {}

  /**
   * Keeps a form for the page that it stood on.
   * @returns whether there was anything to keep, and no more than a cookie takes
   */
  keepForm(
    request: FastifyRequest,
    reply: FastifyReply,
    page: string,
    userId: string,
    body: unknown,
  ): boolean {
    const values = typedIn(body);
    const form: KeptForm = { action: withoutQuery(request.url), userId, values };
    const text = JSON.stringify(form);
    if (Object.keys(values).length === 0 || Buffer.byteLength(text) > MAX_BYTES) return false;
    const sealed = this.seals.seal(request, reply, PURPOSE, text);
    this.cookies.set(reply, nameOf(page), sealed, { maxAge: KEPT_FOR });
    return true;
  }

  /** The form that was kept for the page of the request and its visitor. It is not kept any longer. */
  takeForm(request: FastifyRequest, reply: FastifyReply, userId: string): KeptForm | undefined {
    const name = nameOf(request.url);
    const sealed = this.cookies.read(request, name);
    if (sealed === undefined) return undefined;
    this.cookies.clear(reply, name);
    const text = this.seals.unseal(request, PURPOSE, sealed);
    const form = text === undefined ? undefined : (JSON.parse(text) as KeptForm);
    return form?.userId === userId ? form : undefined;
  }
}

/** What was changed in a form: to send the rest again would undo what others have changed since. */
function typedIn(body: unknown): KeptValues {
  const fields = (body ?? {}) as Record<string, unknown>;
  const unchecked = Object.keys(fields)
    .filter((name) => name.startsWith(SHOWN_PREFIX))
    .map((name) => [name.slice(SHOWN_PREFIX.length), ''] as const);
  return Object.fromEntries(
    Object.entries({ ...Object.fromEntries(unchecked), ...fields }).filter(
      (entry): entry is [string, string | string[]] =>
        isText(entry[1]) &&
        entry[0] !== FORM_TOKEN_FIELD &&
        !entry[0].startsWith(SHOWN_PREFIX) &&
        !SECRET.test(entry[0]) &&
        entry[1] !== shownIn(fields, entry[0]),
    ),
  );
}

function isText(value: unknown): value is string | string[] {
  return [value].flat().every((one) => typeof one === 'string');
}

function nameOf(page: string): string {
  return `kept-${hashOfSecret(page.split('#', 1)[0]!).slice(0, 12).replaceAll(/[-_]/g, 'x')}`;
}
