import { hexOf } from '../brand/accent-color.js';
import type { Brand, FooterLink } from '../brand/brand.js';
import type { AppConfig } from '../config/app-config.js';

/** What stands around the text of every email. */
export interface EmailFrame {
  /** The name of the site. */
  name: string;
  /** The address of the logo. Undefined: the name stands there. */
  logo: string | undefined;
  button: { background: string; color: string };
  footerLinks: readonly FooterLink[];
}

/** Blue, with white text. */
const DEFAULT_BUTTON = { background: '#0b5ed7', color: '#ffffff' };

/** The address of the logo in emails. It never changes: an email that was sent long ago shows the logo of today. */
export const EMAIL_LOGO_PATH = '/assets/email-logo';

/** Whether mail programs show a picture. They do not show SVG, and not all of them WebP. */
export const isShownInEmails = (type: string) => type === 'image/png' || type === 'image/jpeg';

/** The frame of emails of a brand. Its addresses are absolute. */
export function frameOf(
  { name, logo, accent, footerLinks }: Brand,
  { publicUrl }: AppConfig,
): EmailFrame {
  return {
    name,
    logo: logo && isShownInEmails(logo.type) ? publicUrl + EMAIL_LOGO_PATH : undefined,
    button: accent
      ? { background: hexOf(accent.fill), color: hexOf(accent.onFill) }
      : DEFAULT_BUTTON,
    footerLinks: footerLinks.map(({ label, href }) => ({
      label,
      href: href.startsWith('/') ? publicUrl + href : href,
    })),
  };
}
