import type { ComponentChildren } from 'preact';

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
const CARD = {
  maxWidth: '560px',
  margin: '0 auto',
  padding: '32px',
  background: '#ffffff',
  border: '1px solid #d8dee4',
  borderRadius: '8px',
};
const BUTTON = {
  display: 'inline-block',
  padding: '12px 20px',
  background: '#0b5ed7',
  color: '#ffffff',
  borderRadius: '6px',
  textDecoration: 'none',
};

/** The frame of every mail. Styles are inline, as mail programs drop the rest. */
export function Layout({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
      </head>
      <body style={BODY}>
        <div style={CARD}>{children}</div>
      </body>
    </html>
  );
}

/** The one thing a mail asks for. */
export function Button({ href, children }: { href: string; children: string }) {
  return (
    <p>
      <a href={href} style={BUTTON}>
        {children}
      </a>
    </p>
  );
}
