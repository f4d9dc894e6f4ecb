import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'diagnostics', () => {
  test('what is shown before it is saved is what the saved archive holds', async () => {
    await using at = await AdminPage.start();
    const text = await textsOf('en');
    await at.signIn('/settings?tab=diagnostics');
    const { page } = at;
    await page.getByText('versions.json', { exact: true }).click();
    const shown = await page.getByRole('region', { name: 'versions.json' }).locator('pre').textContent();
    expect(shown).toContain('"waystation"');
    expect(await at.barriers()).toEqual([]);
    await at.picture('diagnostics, archive open');
    await at.look({ theme: 'dark', width: 360 });
    expect(await at.isCutOff()).toBe(false);
    await at.picture('diagnostics, archive open, dark, as small as a phone');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: text('settings.saveArchive') }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toMatch(/^waystation-diagnostics-.*\.tar\.gz$/);
    const archive = readFileSync(await saved.path());
    const kept = execFileSync('tar', ['-xzO', 'versions.json'], { input: archive }).toString();
    expect(kept).toBe(shown);
    expect(at.complaints).toEqual([]);
  });
});
