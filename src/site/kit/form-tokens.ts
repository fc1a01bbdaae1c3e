import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../access/principal.js';
import { withoutQuery } from '../../common/url-parts.js';
import { BrowserSeals } from './browser-seals.js';
import { FORM_TOKEN_FIELD } from './page-frame.js';

const PURPOSE = 'form-token';
/** A longer one goes without its query: each form of a page carries it. */
const MAX_ADDRESS = 500;

/** Whose form it is that a browser sends: both ids are empty for a visitor who was signed out. */
export interface FormOwner {
  sessionId: string;
  userId: string;
  /** The address of the page that the form stood on. */
  page: string;
}

/** The tokens that forms carry: bound to the browser, its session and the page of the form (ASVS 3.5.1). */
@Injectable()
export class FormTokens {
  constructor(private readonly seals: BrowserSeals) {}

  /** Makes the token for the forms of the page that answers a request. */
  issue(request: FastifyRequest & { user?: Principal | undefined }, reply: FastifyReply): string {
    const { sessionId = '', userId = '' } = request.user ?? {};
    const value = `${sessionId} ${userId} ${this.pageOf(request)}`;
    return this.seals.seal(request, reply, PURPOSE, value);
  }

  /** Reads for whom the form of a request was shown. Undefined for a form that is not of this browser. */
  ownerOf(request: FastifyRequest): FormOwner | undefined {
    const token = (request.body as Record<string, unknown> | null | undefined)?.[FORM_TOKEN_FIELD];
    const value = this.seals.unseal(request, PURPOSE, token);
    const [sessionId, userId = '', page = '/'] = value?.split(' ') ?? [];
    return sessionId === undefined ? undefined : { sessionId, userId, page };
  }

  /** Where a page is opened again: a form that is shown again stands on the page where it was shown first. */
  private pageOf(request: FastifyRequest): string {
    const { method, url } = request;
    const address = method === 'GET' ? url : (this.ownerOf(request)?.page ?? url);
    return address.length <= MAX_ADDRESS ? address : withoutQuery(address);
  }
}
