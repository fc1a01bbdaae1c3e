import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { render } from 'preact-render-to-string';
import { hasUsernames } from '../users/usernames.js';

const OURS = join(import.meta.dirname, 'assets');
/** Where Nest's package has it. */
const THEIRS = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));

interface Asset {
  path: string;
  type: string;
  body: Buffer;
}

/** Serves the page of Swagger UI at `/docs`, and what it loads. */
export function serveSwaggerUi(fastify: FastifyInstance, siteName: string): void {
  const theirStyle = asset('swagger-ui.css', THEIRS.resolve('swagger-ui-dist/swagger-ui.css'));
  const theirScript = asset(
    'swagger-ui-bundle.js',
    THEIRS.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  );
  const style = asset('sign-in.css', join(OURS, 'swagger-ui.css'));
  const script = asset('sign-in.js', join(OURS, 'swagger-ui.js'));
  const page = `<!doctype html>${render(
    <SwaggerUi
      title={`${siteName} API`}
      styles={[theirStyle.path, style.path]}
      scripts={[theirScript.path, script.path]}
    />,
  )}`;
  fastify.get('/docs', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  );
  for (const { path, type, body } of [theirStyle, theirScript, style, script]) {
    fastify.get(path, async (_request, reply) =>
      reply.header('Cache-Control', 'public, max-age=31536000, immutable').type(type).send(body),
    );
  }
}

function SwaggerUi({
  title,
  styles,
  scripts,
}: {
  title: string;
  styles: string[];
  scripts: string[];
}) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="icon" href="/favicon.ico" />
        {styles.map((path) => (
          <link rel="stylesheet" href={path} />
        ))}
      </head>
      <body>
        <header class="sign-in" aria-label="Sign in to the API">
          <form hidden>
            <label>
              {hasUsernames() ? 'Username or email address' : 'Email address'}
              <input name="username" autocomplete="username" autocapitalize="none" required />
            </label>
            <label>
              Password
              <input name="password" type="password" autocomplete="current-password" required />
            </label>
            <button>Sign in</button>
          </form>
          <div class="state" hidden>
            <span></span>
            <button type="button"></button>
          </div>
          <p role="alert"></p>
        </header>
        <main id="swagger-ui"></main>
        {scripts.map((path) => (
          <script src={path}></script>
        ))}
      </body>
    </html>
  );
}

/** A file that browsers keep, because its address changes with its content. */
function asset(name: string, file: string): Asset {
  const body = readFileSync(file);
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  const [stem, extension] = name.split('.') as [string, 'css' | 'js'];
  const type = extension === 'css' ? 'text/css' : 'text/javascript';
  return { path: `/docs/${stem}-${digest}.${extension}`, type: `${type}; charset=utf-8`, body };
}
