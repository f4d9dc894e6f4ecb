import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { type RouteName, routes } from '../app/server/admin/contract.ts';
import { mayCall } from '../app/server/admin/roles.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lowest first. A folder imports from lower steps and from itself, never from its neighbours. */
const steps = [
  ['domain'],
  ['protocols', 'store', 'state', 'secrets'],
  ['providers'],
  ['accounts', 'backups', 'connect', 'keys', 'usage', 'sharing'],
  ['catalogue', 'imports', 'people', 'notify'],
  ['scheduler'],
  ['relay'],
  ['server'],
];
const lists = ['app/providers/index.ts', 'app/protocols/index.ts'];
/** The contract, and its parts by topic. */
const contract = /^app\/server\/(admin|join|me)\/contract(-\w+)?\.ts$/;

interface Source {
  readonly path: string;
  readonly text: string;
  /** Modules it names, type imports too; our own as paths from the root. */
  readonly imports: readonly string[];
  /** Those of them that are loaded with the file itself. */
  readonly eagerImports: readonly string[];
  readonly hasReExports: boolean;
  readonly program: unknown;
}

const sources = ['app', 'main', 'renderer', 'scripts'].flatMap(filesUnder).map(read);
const appSources = sources.filter(({ path }) => path.startsWith('app/'));
const rendererSources = sources.filter(({ path }) => path.startsWith('renderer/'));

test('there is something to look at', () => {
  expect(appSources.length).toBeGreaterThan(50);
  expect(rendererSources.length).toBeGreaterThan(10);
});

test('the core imports downwards only', () => {
  expect(violations(appSources, (source, target) => isUpwards(source.path, target))).toEqual([]);
});

test('the core knows neither Electron nor the desktop shell nor the page', () => {
  expect(violations(appSources, (_, target) => /^(electron|main\/|renderer\/|scripts\/|tests\/)/.test(target))).toEqual(
    [],
  );
});

test('the page knows the admin contract and nothing else of the core', () => {
  const isForeign = (target: string) => /^(app|main|scripts|tests)\//.test(target) && !contract.test(target);
  expect(violations(rendererSources, (_, target) => isForeign(target) || target.startsWith('node:'))).toEqual([]);
});

test('pages get what they show from stores: only those call the API', () => {
  const components = rendererSources.filter(({ path }) => /^renderer\/(features|components)\//.test(path));
  expect(violations(components, (_, target) => target.startsWith('renderer/api/'))).toEqual([]);
});

test('what runs before the packages are installed needs nothing but Node', () => {
  const launchers = sources.filter(({ path }) => /^scripts\/(?!bundle|bench|simulate\/)/.test(path));
  const eager = launchers.flatMap(({ path, eagerImports }) =>
    eagerImports.map((target) => `${path} imports ${target}`),
  );
  expect(eager.filter((line) => !/ imports (node:|scripts\/)/.test(line))).toEqual([]);
});

test('no imports go round in a circle', () => {
  expect(circles()).toEqual([]);
});

test('only the two lists pass on what they did not write', () => {
  const barrels = sources.filter(({ path, hasReExports }) => hasReExports && !lists.includes(path));
  expect(barrels.map(({ path }) => path)).toEqual([]);
});

test('only config.ts reads the environment', () => {
  const readers = appSources.filter(({ text }) => /\bprocess\s*(\.\s*env|\[\s*['"]env)/.test(text));
  expect(readers.map(({ path }) => path)).toEqual(['app/config.ts']);
});

test('only state/ speaks Redis and knows the names of its keys', () => {
  const outside = appSources.filter(({ path }) => !path.startsWith('app/state/'));
  expect(outside.filter(({ text }) => /['"`]ws:(?!\/\/)/.test(text)).map(({ path }) => path)).toEqual([]);
  expect(violations(outside, (_, target) => target.startsWith('ioredis'))).toEqual([]);
});

test('the data plane does not wait for axios', () => {
  const dataPlane = appSources.filter(({ path }) => /^app\/(domain|protocols|scheduler|relay)\//.test(path));
  expect(violations(dataPlane, (_, target) => target === 'axios')).toEqual([]);
});

test('what somebody may not do is not offered to them: each change is said to be needed where its control is', () => {
  const isOffered = (source: Source, route: RouteName) => openersOf(source).some(({ text }) => says(text, route));
  const bare = changes().filter(({ source, route }) => !isOffered(source, offeredWith[route] ?? route));
  expect(bare.map(({ source, route }) => `${source.path}: ${route}`)).toEqual([]);
  const stale = Object.keys(offeredWith).filter(
    (name) => !changes().some(({ source, route }) => route === name && !isOffered(source, route)),
  );
  expect(stale).toEqual([]);
  for (const role of ['viewer', 'admin', 'owner'] as const) {
    for (const { route } of changes()) {
      const other = offeredWith[route];
      if (other && mayCall(role, routes[other])) expect([role, route, mayCall(role, routes[route])]).toContain(true);
    }
  }
});

test('control flow nests three deep at most', () => {
  const deep = sources.filter(({ program }) => depthOf(program) > 3);
  expect(deep.map(({ path, program }) => `${path}: ${depthOf(program)}`)).toEqual([]);
});

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name))
    .map((entry) => normalize(join(entry.parentPath, entry.name)).slice(root.length))
    .filter((path) => !path.includes('__fixtures__'))
    .sort();
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const { module, program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const reExports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry) => entry.moduleRequest ?? []),
  );
  const eager = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...reExports.map(({ value }) => value),
  ];
  const late = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1));
  const resolve = (name: string) => (name.startsWith('.') ? join(dirname(path), name) : name);
  const eagerImports = eager.map(resolve);
  return {
    path,
    text,
    imports: [...eagerImports, ...late.map(resolve)],
    eagerImports,
    hasReExports: reExports.length > 0,
    program,
  };
}

function violations(
  from: readonly Source[],
  isForbidden: (source: Source, target: string) => boolean,
): readonly string[] {
  return from.flatMap((source) =>
    source.imports.filter((target) => isForbidden(source, target)).map((target) => `${source.path} imports ${target}`),
  );
}

/** Files beside the folders, and the command line, put everything together: they are above every step. */
function isUpwards(path: string, target: string): boolean {
  const [own, other] = [folderOf(path), folderOf(target)];
  return target.startsWith('app/') && own !== other && stepOf(other) >= stepOf(own) && stepOf(own) < steps.length;
}

function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function stepOf(folder: string): number {
  const step = steps.findIndex((folders) => folders.includes(folder));
  return step === -1 ? steps.length : step;
}

function circles(): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
    if (trail.includes(path) || done.has(path)) return;
    for (const target of byPath.get(path)?.imports ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}

/** Changes that are offered with another one, which nobody may make who may not make these. */
const offeredWith: Readonly<Partial<Record<RouteName, RouteName>>> = {
  // They go on with what was begun.
  finishLogin: 'startLogin',
  cancelLogin: 'startLogin',
  confirmSecondFactor: 'beginSecondFactor',
  // They only tell what would be done.
  planConnection: 'connectTool',
  planConflictFix: 'fixConflict',
  planImport: 'importData',
  // The same, many at once.
  createKeys: 'createKey',
  // What runs ends with its key.
  cancelCall: 'updateKey',
  // Both directories are one panel.
  removeLdap: 'setLdap',
  setOidc: 'setLdap',
  removeOidc: 'setLdap',
};

function changes(): readonly { readonly source: Source; readonly route: RouteName }[] {
  return rendererSources.flatMap((source) =>
    [...source.text.matchAll(/useChange\(\s*'(\w+)'/g)].flatMap(([, name = '']) =>
      isRouteName(name) ? [{ source, route: name }] : [],
    ),
  );
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}

/** The file itself, and all that it is shown by. */
function openersOf(source: Source): readonly Source[] {
  const found = new Set([source]);
  for (const one of found) {
    for (const other of rendererSources) if (other.imports.includes(one.path)) found.add(other);
  }
  return [...found];
}

/** As a button's `needs`, as `<Allowed to>`, in a question to `useMay`, or as what a page needs. */
function says(text: string, route: RouteName): boolean {
  const ways = [`needs="${route}"`, `needs=\\{[^}]*'${route}'`, `<Allowed to="${route}"`, `may\\('${route}'\\)`];
  return new RegExp([...ways, `needs: '${route}'`, `needs = \\{[^}]*'${route}'`].join('|')).test(text);
}

const nesting = new Set([
  'IfStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'SwitchStatement',
  'TryStatement',
]);

/** How deep control flow nests, counted anew inside every function; `else if` is no deeper than its `if`. */
function depthOf(node: unknown, depth = 0): number {
  if (Array.isArray(node)) return Math.max(depth, ...node.map((child) => depthOf(child, depth)));
  if (typeof node !== 'object' || node === null) return depth;
  const type = 'type' in node ? String(node.type) : '';
  const inside = /Function/.test(type) ? 0 : depth + (nesting.has(type) ? 1 : 0);
  const depths = Object.entries(node).map(([name, child]) => {
    const isElseIf = name === 'alternate' && nodeType(child) === 'IfStatement';
    return depthOf(child, isElseIf ? inside - 1 : inside);
  });
  return Math.max(inside, ...depths);
}

function nodeType(node: unknown): unknown {
  return typeof node === 'object' && node !== null && 'type' in node ? node.type : undefined;
}
