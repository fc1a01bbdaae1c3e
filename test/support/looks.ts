import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ROOT } from './process.js';

/** Where screenshots go; git ignores it. */
export const SCREENSHOTS = join(ROOT, 'test-results');

export const DESKTOP = { width: 1100, height: 800 };
export const PHONE = { width: 390, height: 844 };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Keeps a screenshot of a page, and expects it to fit its screen and to be usable for people who do not
 * see or do not point, as far as a machine can tell: light on a desktop, dark on a phone.
 */
export async function lookAt(page: Page, name: string): Promise<void> {
  const context = page.context();
  const state = await context.storageState();
  const twin = await inspectionPage(context.browser()!, page.viewportSize()!, state);
  await twin.goto(page.url());
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  expect(await violationsOf(twin)).toEqual([]);
  await fits(twin);
  await twin.context().close();
}

/** Nothing sticks out to the side, but for what is moved sideways by itself. */
async function fits(page: Page): Promise<void> {
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(page.viewportSize()!.width);
}

/** A tab in which `inspect` can look at pages. */
export async function inspectionPage(
  browser: Browser,
  viewport: { width: number; height: number },
  storageState?: Awaited<ReturnType<BrowserContext['storageState']>>,
): Promise<Page> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const context = await browser.newContext({
    viewport,
    // axe is a script, which the policy of our pages would not let in, and needs scripts to run.
    bypassCSP: true,
    colorScheme: viewport.width === PHONE.width ? 'dark' : 'light',
    ...(storageState && { storageState }),
  });
  return context.newPage();
}

/** As `lookAt`, for what an `inspectionPage` shows. */
export async function inspect(page: Page, name: string): Promise<void> {
  const { width } = page.viewportSize()!;
  const path = join(SCREENSHOTS, `${name}-${width === PHONE.width ? 'phone' : 'desktop'}.png`);
  await page.screenshot({ path, fullPage: true });
  expect(await violationsOf(page)).toEqual([]);
  await fits(page);
}

async function violationsOf(page: Page): Promise<unknown[]> {
  await page.evaluate(AXE);
  // What is in order is not described, which takes longer than to find what is not.
  const { violations } = (await page.evaluate(`axe.run({ resultTypes: ['violations'] })`)) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }));
}
