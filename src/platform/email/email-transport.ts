import { isLoopback } from '../../common/loopback.js';
import type { Transporter } from 'nodemailer';

const TIMEOUT = 15_000;

/**
 * The way to the mail server of `SMTP_URL`. To another machine nothing goes without TLS and a valid
 * certificate: when STARTTLS is not offered, or was stripped, nothing is sent (ASVS 12.2.1).
 */
export async function createEmailTransport(smtpUrl: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const isImplicitTls = protocol === 'smtps:';
  return createTransport({
    pool: true,
    maxConnections: 4,
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(port) || (isImplicitTls ? 465 : 587),
    secure: isImplicitTls,
    requireTLS: !isImplicitTls && !isLoopback(hostname),
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: !isLoopback(hostname) },
    ...(username && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    connectionTimeout: TIMEOUT,
    greetingTimeout: TIMEOUT,
    socketTimeout: TIMEOUT,
    // Nothing in a mail of ours is read from a file or fetched from somewhere.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Whether the server has refused this mail for good (RFC 5321 section 4.2.1), and not merely us or this moment. */
export function isRefused(error: unknown): boolean {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && (responseCode ?? 0) >= 500;
}
