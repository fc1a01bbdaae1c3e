import { PROBLEMS, type ProblemCode } from '../../http/problem-catalogue.js';

/** What pages say where the catalogue speaks to programs. */
const TEXTS: Partial<Record<ProblemCode, string>> = {
  malformed_request: 'This address or form could not be read. Go back and try again.',
  authentication_required: 'Sign in first.',
  invalid_token: 'Your session has expired. Sign in to go on.',
  invalid_refresh_token: 'Your session has expired. Sign in to go on.',
  email_not_verified: 'Confirm your email address first, with the link that we sent to it.',
  sign_in_to_confirm:
    'Sign in to this account first, or enter its password. Without either, choose a new password.',
  method_not_allowed: 'This page cannot be opened in that way.',
  payload_too_large: 'This form is larger than this site accepts. Shorten what you typed.',
  unsupported_media_type: 'This site could not read what was sent. Open the page again.',
  validation_failed: 'Something in this address is not valid. Go back and try again.',
  headers_too_large: 'Your browser sent too much. Delete the cookies of this site and try again.',
  request_timeout: 'The form did not arrive in time. Try again.',
};

/** The sentence of a problem on a page. A sentence that was written for the case stays. */
export function textForPeople(code: string, detail: string): string {
  const known = code as ProblemCode;
  return (PROBLEMS[known]?.detail === detail && TEXTS[known]) || detail;
}
