import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../domain/clock.ts';
import { Backups } from './backups.ts';
import { ConflictFixes } from './conflict-fixes.ts';
import { claudeCode } from './tools/claude-code.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'waystation-shell-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const variable = 'ANTHROPIC_API_KEY';
const secret = 'sk-ant-canary-secret';

function asked(name: string, line: number) {
  const place = { variable, file: join(home, name), line };
  return { tool: claudeCode, place, isOurs: () => false };
}

function fixes(): ConflictFixes {
  return new ConflictFixes({
    computer: { home, platform: 'linux', env: {} },
    backups: new Backups(join(home, 'backups')),
    clock: systemClock,
    inTurn: (work) => work(),
  });
}

test.each([
  ['.zshrc', `export ${variable}=${secret}`, `# export ${variable}=${secret}`],
  ['.bashrc', `  ${variable}="${secret}" # mine`, `  : # ${variable}="${secret}" # mine`],
  ['.profile', `declare -x ${variable}='a;b ${secret}'`, `# declare -x ${variable}='a;b ${secret}'`],
])(
  'in %s the line becomes a comment, the rest stays, and the file is kept as it was',
  async (name, line, commented) => {
    const file = join(home, name);
    const text = `\ufeff# first\r\n${line}\r\nalias a='b'`;
    writeFileSync(file, text);
    chmodSync(file, 0o640);
    const plan = await fixes().plan(asked(name, 2));
    expect(plan.lines.map(({ kind }) => kind)).toEqual(['removed', 'added']);
    expect(JSON.stringify(plan)).not.toContain(secret);
    expect(readFileSync(file, 'utf8')).toBe(text);

    const backup = await fixes().fix(asked(name, 2), plan.fingerprint);
    expect(readFileSync(file, 'utf8')).toBe(`\ufeff# first\r\n${commented}\r\nalias a='b'`);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(backup, `0-${name}`), 'utf8')).toBe(text);
    expect(backup).toMatch(/shell\/\d{4}-\d\d-\d\dT/);
    await expect(fixes().plan(asked(name, 2))).rejects.toThrow(/any more/);
  },
);

test.each([
  ['goes on in the next line', `export ${variable}=a\\\nb`, 1],
  ['goes on in a text', `export ${variable}="a\nb"`, 1],
  ['is the end of another command', `env \\\n${variable}=a`, 2],
  ['does something else too', `export ${variable}=a; echo hello`, 1],
  ['sets another variable too', `export ${variable}=a OTHER=b`, 1],
])('a line that %s is left to a person', async (_, text, line) => {
  writeFileSync(join(home, '.zshrc'), text);
  await expect(fixes().plan(asked('.zshrc', line))).rejects.toThrow(/by hand/);
  expect(readFileSync(join(home, '.zshrc'), 'utf8')).toBe(text);
});

test('what is not as it was seen, read-only or elsewhere is not written', async () => {
  const file = join(home, '.zshrc');
  writeFileSync(file, `export ${variable}=${secret}\n`);
  const { fingerprint } = await fixes().plan(asked('.zshrc', 1));
  writeFileSync(file, `export ${variable}=${secret}\n# more\n`);
  await expect(fixes().fix(asked('.zshrc', 1), fingerprint)).rejects.toThrow(/Look at it again/);
  chmodSync(file, 0o400);
  await expect(fixes().plan(asked('.zshrc', 1))).rejects.toThrow(/read-only/);
  writeFileSync(join(home, 'other'), `export ${variable}=${secret}\n`);
  await expect(fixes().plan(asked('other', 1))).rejects.toThrow(/any more/);
});
