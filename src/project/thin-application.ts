import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProductOptions } from '../../create/render-template.js';
import { OWN_FOLDER } from '../common/package-folder.js';

const RENDERER = join(OWN_FOLDER, 'create/render-template.js');

/** The files of a product as `npm create gatehouse` of this version writes them: texts by path. */
export async function renderThinApplication(options: ProductOptions): Promise<Map<string, string>> {
  const { renderTemplate } = (await import(
    pathToFileURL(RENDERER).href
  )) as typeof import('../../create/render-template.js');
  return renderTemplate(options);
}
