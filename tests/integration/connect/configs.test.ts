import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { ConnectRefused } from '../../../app/connect/refusal.ts';
import type { ToolFile } from '../../../app/connect/tool.ts';
import type { ToolId } from '../../../app/connect/tool-id.ts';
import { toolOf } from '../../../app/connect/tools.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { asKept, dotenvText, jsoncTexts, manners, tomlText } from './configs.ts';
import { address, settingIn } from './setting.ts';

const cases: readonly (readonly [ToolId, number, fc.Arbitrary<string>])[] = [
  ['claude-code', 200, jsoncTexts['claude-code']],
  ['codex', 200, tomlText],
  ['gemini-cli', 150, dotenvText],
  ['opencode', 150, jsoncTexts.opencode],
  ['qwen-code', 150, jsoncTexts['qwen-code']],
  ['vs-code', 150, jsoncTexts['vs-code']],
];

interface Kept {
  readonly isLinked: boolean;
  readonly mode: number;
}

/** The file as its owner keeps it; answers where it really is. */
function keep(file: string, elsewhere: string, { text, isLinked, mode }: Kept & { readonly text: string }): string {
  const target = isLinked ? join(elsewhere, basename(file)) : file;
  for (const one of [file, target]) mkdirSync(dirname(one), { recursive: true });
  writeFileSync(target, text);
  chmodSync(target, mode);
  if (isLinked) symlinkSync(target, file);
  return target;
}

/** Every write here waits for the disk, some twenty times a run. */
function folderInMemory(): string {
  if (!existsSync('/dev/shm')) return temporaryFolder();
  const folder = mkdtempSync('/dev/shm/waystation-test-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A note above everything, behind the byte order mark. */
function edited(id: ToolId, text: string): string {
  const note = id === 'codex' || id === 'gemini-cli' ? '# edited\n' : '// edited\n';
  return text.startsWith('\ufeff') ? `\ufeff${note}${text.slice(1)}` : note + text;
}

function mainFile(id: ToolId, files: readonly ToolFile[]): string {
  const [first] = files;
  if (!first) throw new Error(`${id} has no file`);
  return first.file;
}

test.each(cases)(
  'check 2: %s gets back %i files byte for byte: comments, unknown keys, CRLF, BOM, links, rights',
  async (id, numRuns, texts) => {
    const root = folderInMemory();
    await fc.assert(
      fc.asyncProperty(texts, manners, fc.boolean(), async (plain, manner, isEdited) => {
        const folder = join(root, 'run');
        rmSync(folder, { recursive: true, force: true });
        const { connections, computer, keys } = settingIn(folder);
        const file = mainFile(id, toolOf(id)?.files(computer) ?? []);
        const text = asKept(plain, manner);
        const target = keep(file, join(folder, 'dotfiles'), { ...manner, text });
        await connections.connect(id, { address });
        expect(readFileSync(file, 'utf8')).toContain([...keys.made.values()][0]);
        // After an edit of somebody else's the way back leads through every key instead of the kept copy.
        if (isEdited) writeFileSync(target, edited(id, readFileSync(target, 'utf8')));
        const restored = await connections.disconnect(id);
        expect({
          bytes: readFileSync(target).toString('hex'),
          isLinked: lstatSync(file).isSymbolicLink(),
          mode: statSync(target).mode & 0o777,
          kept: restored?.flatMap(({ kept }) => kept),
          keys: keys.made.size,
        }).toEqual({
          bytes: Buffer.from(isEdited ? edited(id, text) : text).toString('hex'),
          isLinked: manner.isLinked,
          mode: manner.mode,
          kept: [],
          keys: 0,
        });
      }),
      { numRuns },
    );
  },
);

test.each(cases)('%s: a file that is read-only is left alone, and no key is left over', async (id, _, texts) => {
  const folder = temporaryFolder();
  const { connections, computer, keys } = settingIn(folder);
  const file = mainFile(id, toolOf(id)?.files(computer) ?? []);
  const [text = ''] = fc.sample(texts, 1);
  keep(file, folder, { text, isLinked: false, mode: 0o444 });
  await expect(connections.connect(id, { address })).rejects.toThrow(`${file} is read-only. Nothing was written.`);
  expect([readFileSync(file, 'utf8'), keys.made.size, await connections.connected()]).toEqual([text, 0, []]);
});

const broken: readonly (readonly [ToolId, string, string])[] = [
  ['claude-code', '{\n  "model": "opus",\n  "env": {\n', 'line 4, column 1: Close brace expected'],
  ['claude-code', '{\n  "env": "x"\n}\n', 'line 2, column 10: env is no object'],
  [
    'vs-code',
    '{ "claudeCode.environmentVariables": {} }',
    'line 1, column 38: claudeCode.environmentVariables is no list',
  ],
  ['codex', 'model = "a"\nmodel = "b"\n', 'line 2'],
  ['codex', 'model_providers = { other = { name = "x" } }\n', 'line'],
];

test.each(broken)(
  '%s: a file that is not as it should be is left alone, and told where: %j',
  async (id, text, where) => {
    const { connections, computer, keys } = settingIn(temporaryFolder());
    const file = mainFile(id, toolOf(id)?.files(computer) ?? []);
    keep(file, '', { text, isLinked: false, mode: 0o600 });
    const refusal = await connections.connect(id, { address }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConnectRefused);
    expect(String(refusal)).toContain(`${file}, ${where}`);
    expect(String(refusal)).toContain('Nothing was written.');
    expect([readFileSync(file, 'utf8'), keys.made.size]).toEqual([text, 0]);
  },
);

test('a file in another encoding is left alone', async () => {
  const { connections, computer } = settingIn(temporaryFolder());
  const file = mainFile('claude-code', toolOf('claude-code')?.files(computer) ?? []);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from('fffe7b007d00', 'hex'));
  await expect(connections.connect('claude-code', { address })).rejects.toThrow('is not text in UTF-8');
});

test.each(cases)(
  '%s: files and folders that were not there are gone again, unless somebody else uses them',
  async (id) => {
    const folder = temporaryFolder();
    const { connections, computer } = settingIn(folder);
    const file = mainFile(id, toolOf(id)?.files(computer) ?? []);
    await connections.connect(id, { address });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await connections.disconnect(id);
    expect(() => statSync(dirname(file))).toThrow('ENOENT');
  },
);
