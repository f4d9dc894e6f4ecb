import { type Browser, chromium } from 'playwright-core';
import { afterAll } from 'vitest';
import { findChromium } from './electron/driver.ts';

export const chromiumPath = findChromium();

let started: Promise<Browser> | undefined;

/** A real Chromium, one for all tests of a file: each has a context of its own, and starting a browser takes a second. */
export function browserOfFile(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  started ??= chromium.launch({ ...(chromiumPath && { executablePath: chromiumPath }), args });
  return started;
}

afterAll(async () => {
  await (await started)?.close();
});
