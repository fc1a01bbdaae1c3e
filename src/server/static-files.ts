import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProductFiles } from '../common/product-files.js';

/** Seconds. Names of files say nothing of their content, so browsers ask again after a while. */
const KEPT_FOR = 3600;

/**
 * Gives replies the method that `StaticFilesController` sends files with. Hidden files and folders, listings and paths
 * that lead out of the folder are 404. The headers of every response apply: nothing in a file runs when it is opened by
 * itself (`sandbox`), and its type is never guessed (`nosniff`).
 */
export async function useStaticFiles(app: NestFastifyApplication): Promise<void> {
  const { staticFolder } = app.get(ProductFiles, { strict: false });
  if (staticFolder === undefined) return;
  await app.register(fastifyStatic, {
    root: staticFolder,
    serve: false,
    dotfiles: 'ignore',
    index: false,
    list: false,
    redirect: false,
    cacheControl: false,
    setHeaders: (reply) => void reply.header('Cache-Control', `public, max-age=${KEPT_FOR}`),
  });
}
