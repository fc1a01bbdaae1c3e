import { existsSync } from 'node:fs';
import { type Browser, chromium as playwright } from 'playwright-core';

/** What that package asks for to fit into a cloud function: it would close with its first context, and trust everybody. */
const UNSAFE =
  /single-process|no-zygote|disable-web-security|site-isolation|IsolateOrigins|insecure-content/;

/** What draws three dimensions in software: pages have two, and are drawn several times as fast without. */
const SLOW = /--use-(gl|angle)|gpu/;

/** A real Chromium: CHROMIUM_PATH, or the one inside an npm package on Linux, or Playwright's own. */
export async function launchBrowser(): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH;
  if (given && existsSync(given)) {
    return playwright.launch({ executablePath: given, args: ['--no-sandbox'] });
  }
  if (process.platform !== 'linux') return playwright.launch();
  const { default: chromium } = await import('@sparticuz/chromium');
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      ...chromium.args.filter((arg) => !UNSAFE.test(arg) && !SLOW.test(arg)),
      '--disable-gpu',
      '--disable-background-networking',
    ],
  });
}
