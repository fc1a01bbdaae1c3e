import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type Access, whoMay } from '../access/access.js';
import { problemResponses } from '../http/api-problems.decorator.js';
import type { ProblemCode } from '../http/problem-catalogue.js';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> &
  Record<string, unknown>;

/** The name of the security scheme. */
export const BEARER = 'bearer';

/** Failures that follow from what an operation takes, whoever wrote it. */
const WITH_BODY: ProblemCode[] = [
  'malformed_request',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
];
const GUARDED: ProblemCode[] = ['authentication_required', 'invalid_token'];

/** A first sentence, and the rest of a comment. */
const SENTENCES = /^([^]*?)\.\s+(?=[\p{Lu}`\d])([^]*)$/u;

/** Adds who may call an operation and the failures that come with it, so that no route repeats them. */
export function completeOperation(operation: Operation, access: Access, isApi: boolean): void {
  const isOptional = access.knowsCaller || operation.security !== undefined;
  const bearer = { [BEARER]: [] };
  operation.security = access.isPublic ? (isOptional ? [{}, bearer] : []) : [bearer];
  const { permissions, anyPermission, roles, recentLogin } = access;
  const isRestricted = permissions.length + anyPermission.length + roles.length > 0;
  if (permissions.length > 0) operation['x-required-permissions'] = permissions;
  if (anyPermission.length > 0) operation['x-required-any-permission'] = anyPermission;
  if (roles.length > 0) operation['x-required-roles'] = roles;
  if (recentLogin !== undefined) operation['x-required-recent-login-minutes'] = recentLogin;
  const { summary, rest } = summaryOf(operation.summary);
  if (summary !== undefined) operation.summary = summary;
  operation.description = [rest, operation.description, `**Who:** ${whoMay(access)}.`]
    .filter(Boolean)
    .join('\n\n');
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response && 'description' in response) response.description ||= STATUS_CODES[status] ?? '';
  }
  operation.responses = {
    ...problemResponses([
      ...(access.isPublic ? [] : GUARDED),
      ...(access.knowsCaller ? (['invalid_token'] as const) : []),
      ...(isRestricted ? (['permission_denied'] as const) : []),
      ...(recentLogin === undefined ? [] : (['recent_login_required'] as const)),
      ...(isApi && !operation.requestBody ? (['validation_failed'] as const) : []),
      ...(operation.requestBody ? WITH_BODY : []),
    ]),
    ...operation.responses,
  };
}

/** A comment as a title, which shows no Markdown, and what it says in addition. */
function summaryOf(comment: string | undefined): { summary?: string; rest?: string | undefined } {
  if (!comment) return {};
  const [, first = comment, rest] = SENTENCES.exec(comment) ?? [];
  return { summary: first.trim().replace(/\.$/, '').replaceAll('`', ''), rest };
}
