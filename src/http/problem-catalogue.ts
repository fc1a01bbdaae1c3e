/** A kind of failure that callers can rely on: its HTTP status, and what it means for them. */
export interface ProblemKind {
  status: number;
  detail: string;
}

/** Every `code` that Gatehouse itself answers with. docs/errors.md is this table. */
export const PROBLEMS = {
  malformed_request: { status: 400, detail: 'The request is malformed and could not be read.' },
  forwarded_address_invalid: {
    status: 400,
    detail:
      'A proxy in front of this server wrote no IP address of a client into X-Forwarded-For. Its operator has to correct that.',
  },
  invalid_link: {
    status: 400,
    detail:
      'This link has been used, has expired, or something newer has taken its place. Ask for a new one.',
  },
  federation_attempt_invalid: {
    status: 400,
    detail: 'This sign-in has expired, was used, or was begun somewhere else. Begin again.',
  },
  authentication_required: {
    status: 401,
    detail: 'Send an access token in the header "Authorization: Bearer …".',
  },
  invalid_token: {
    status: 401,
    detail: 'The access token is malformed, expired, or its session has ended. Sign in again.',
  },
  invalid_credentials: {
    status: 401,
    detail:
      'The username or password is wrong, or the account is inactive or locked after too many failures.',
  },
  invalid_refresh_token: {
    status: 401,
    detail:
      'The refresh token is malformed, used, expired, or its session has ended. Sign in again.',
  },
  permission_denied: { status: 403, detail: 'You may not do this.' },
  recent_login_required: {
    status: 403,
    detail: 'This needs a sign-in within the last minutes. Sign in again.',
  },
  registration_closed: {
    status: 403,
    detail: 'Registration is closed. Ask an administrator for an account.',
  },
  registration_refused: {
    status: 403,
    detail: 'This site takes no account like this one.',
  },
  client_not_trusted: {
    status: 403,
    detail: 'The secret in Gatehouse-Client-Secret is not TRUSTED_CLIENT_SECRET of this server.',
  },
  cross_site_request: {
    status: 403,
    detail:
      'This form was not sent from a page of this site. Open the page again, and send it from there.',
  },
  email_not_verified: {
    status: 403,
    detail:
      'Confirm your email address first. POST /api/auth/verification, with the same credentials, sends the mail again.',
  },
  mail_disabled: {
    status: 403,
    detail: 'This server sends no mail. Ask an administrator.',
  },
  federation_declined: {
    status: 403,
    detail:
      'You did not sign in at the provider, or did not allow it. Try again, or take another way.',
  },
  federation_not_recent: {
    status: 403,
    detail: 'The provider did not ask you to sign in again. Sign out, and sign in again.',
  },
  not_found: { status: 404, detail: 'There is nothing at this address.' },
  method_not_allowed: { status: 405, detail: 'This address does not know that method.' },
  request_timeout: { status: 408, detail: 'The request did not arrive in time.' },
  conflict: { status: 409, detail: 'The request contradicts the present state.' },
  federation_sign_in_to_link: {
    status: 409,
    detail:
      'There is an account with your address already. Sign in to it as you did before, and connect the provider on your profile.',
  },
  sign_in_to_confirm: {
    status: 409,
    detail:
      'Sign in to the account of this link first, or send its password with the link. Without either, choose a new password.',
  },
  identity_taken: {
    status: 409,
    detail: 'Who you are at the provider is connected with an account already.',
  },
  last_way_in: {
    status: 409,
    detail: 'This is the only way to sign in to your account. Choose a password first.',
  },
  provider_name_taken: { status: 409, detail: 'There is a provider of that name already.' },
  last_superuser: {
    status: 409,
    detail: 'This is the last active superuser. Make another one first.',
  },
  role_name_taken: { status: 409, detail: 'A role with that name already exists.' },
  role_protected: {
    status: 409,
    detail: 'The application relies on this role: it cannot be renamed or deleted.',
  },
  username_taken: { status: 409, detail: 'A user with that username already exists.' },
  payload_too_large: {
    status: 413,
    detail: 'The request body is larger than this server accepts.',
  },
  uri_too_long: { status: 414, detail: 'The address is longer than this server accepts.' },
  unsupported_media_type: {
    status: 415,
    detail: 'Send the body as "Content-Type: application/json".',
  },
  expectation_failed: {
    status: 417,
    detail: 'This server meets no expectation but "Expect: 100-continue".',
  },
  form_expired: {
    status: 419,
    detail: 'This form has expired: it was opened before you signed in or out. Open it again.',
  },
  cookies_missing: {
    status: 419,
    detail:
      'Your browser sent no cookies of this site, which its forms need. Allow them, then open the page again.',
  },
  validation_failed: { status: 422, detail: 'The request breaks the rules listed in "errors".' },
  too_many_requests: { status: 429, detail: 'Too many requests. Try again later.' },
  headers_too_large: { status: 431, detail: 'The headers are larger than this server accepts.' },
  internal_error: {
    status: 500,
    detail: 'The server failed to handle this request. The failure has been logged.',
  },
  provider_secret_unreadable: {
    status: 500,
    detail:
      'Signing in with this provider does not work because of a mistake in the configuration of this site. Tell an administrator, and take another way.',
  },
  provider_answer_refused: {
    status: 502,
    detail:
      'What the provider answered cannot be accepted. Tell an administrator, and take another way.',
  },
  service_unavailable: {
    status: 503,
    detail: 'The service cannot answer at the moment. Try again in a few seconds.',
  },
  provider_unavailable: {
    status: 503,
    detail:
      'The provider cannot be reached at the moment. Try again in a minute, or take another way.',
  },
  hash_queue_full: {
    status: 503,
    detail: 'Too many sign-ins are being checked at the moment. Try again in a few seconds.',
  },
} as const satisfies Record<string, ProblemKind>;

/** The code of a failure that Gatehouse itself has: docs/errors.md lists them. */
export type ProblemCode = keyof typeof PROBLEMS;
