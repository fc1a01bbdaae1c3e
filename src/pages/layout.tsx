import type { ComponentChildren } from 'preact';

const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 36rem; margin: 3rem auto; padding: 0 1rem; }
  label { display: block; margin-top: 1rem; font-weight: 600; }
  input { width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; }
  button { margin-top: 1rem; padding: .6rem 1.2rem; font: inherit; cursor: pointer; }
  .error { color: #b3261e; } table { width: 100%; border-collapse: collapse; }
  th, td { text-align: left; padding: .4rem; border-bottom: 1px solid #8884; }
  iframe { width: 100%; min-height: 28rem; border: 1px solid #8884; background: #fff; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  @media (prefers-color-scheme: dark) { .error { color: #ffb4ab; } }`;

/** What every page stands in. */
export interface PageProps {
  title: string;
  /** Of the one inline style that the Content-Security-Policy lets through. */
  nonce: string;
  children: ComponentChildren;
}

export function Page({ title, nonce, children }: PageProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Gatehouse`}</title>
        <style nonce={nonce} dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}

/** What is wrong with a field, beside it. */
export function FieldErrors({ messages }: { messages: string[] }) {
  return (
    <>
      {messages.map((message) => (
        <p class="error" role="alert">
          {message}
        </p>
      ))}
    </>
  );
}
