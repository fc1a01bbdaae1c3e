import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { EmailFrame } from '../email-frame.js';

const BODY = {
  margin: 0,
  padding: '24px',
  background: '#f4f5f7',
  color: '#1f2328',
  font: '16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif',
  // Names and addresses may be one long word. Mail programs know one of both.
  overflowWrap: 'anywhere',
  wordBreak: 'break-word',
};
const WIDTH = { maxWidth: '560px', margin: '0 auto' };
const HEADER = { ...WIDTH, padding: '0 0 16px', fontSize: '20px', fontWeight: '600' };
const LOGO = { display: 'block', height: '40px', maxWidth: '240px', border: '0' };
const CARD = {
  ...WIDTH,
  padding: '32px',
  background: '#ffffff',
  border: '1px solid #d8dee4',
  borderRadius: '8px',
};
const FOOTER = { ...WIDTH, padding: '16px 0 0', color: '#59636e', fontSize: '13px' };
const FOOTER_LINK = { color: '#59636e' };
const BUTTON = {
  display: 'inline-block',
  padding: '12px 20px',
  borderRadius: '6px',
  textDecoration: 'none',
};

const ButtonColors = createContext<EmailFrame['button']>({ background: '', color: '' });

interface LayoutProps {
  title: string;
  frame: EmailFrame;
  children: ComponentChildren;
}

/** The frame of every email. Styles are inline, as mail programs drop the rest. */
export function Layout({ title, frame, children }: LayoutProps) {
  const { name, logo, footerLinks } = frame;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
      </head>
      <body style={BODY}>
        <div style={HEADER}>
          {logo === undefined ? name : <img src={logo} alt={name} height={40} style={LOGO} />}
        </div>
        <div style={CARD}>
          <ButtonColors.Provider value={frame.button}>{children}</ButtonColors.Provider>
        </div>
        {(logo !== undefined || footerLinks.length > 0) && (
          <div style={FOOTER}>
            {logo !== undefined && name}
            {footerLinks.map(({ label, href }, i) => (
              <>
                {(logo !== undefined || i > 0) && ' · '}
                <a href={href} style={FOOTER_LINK}>
                  {label}
                </a>
              </>
            ))}
          </div>
        )}
      </body>
    </html>
  );
}

/** The one thing an email asks for. */
export function EmailButton({ href, children }: { href: string; children: string }) {
  return (
    <p>
      <a href={href} style={{ ...BUTTON, ...useContext(ButtonColors) }}>
        {children}
      </a>
    </p>
  );
}
