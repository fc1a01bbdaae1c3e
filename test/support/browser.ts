import { existsSync } from 'node:fs';
import { type Browser, chromium as playwright } from 'playwright-core';

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
    args: [...chromium.args, '--disable-background-networking'],
  });
}
