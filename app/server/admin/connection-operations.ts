import type { ConflictPlace } from '../../connect/conflict-fixes.ts';
import type { Ended } from '../../connect/connections.ts';
import type { ToolState } from '../../connect/states.ts';
import type { Tool } from '../../connect/tool.ts';
import type { ToolId } from '../../connect/tool-id.ts';
import { tools } from '../../connect/tools.ts';
import type { Restored } from '../../connect/writing.ts';
import { isUsable } from '../../keys/key.ts';
import { readUses } from '../../keys/uses.ts';
import { AuditLog } from '../../store/audit-log.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { checkHere } from './here.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'connections' | 'keyRepository' | 'ports' | 'live' | 'store'>;

const onlyHere = 'Tools can only be connected';

export function connectionOperations(parts: Parts) {
  const { connections } = parts;
  return {
    listConnections: operation(routes.listConnections, async (_, actor) => {
      checkHere(actor, onlyHere);
      return await Promise.all((await connections.states.all(parts.live?.url())).map((state) => toWire(parts, state)));
    }),
    planConnection: operation(routes.planConnection, async ({ tool }, actor) => {
      checkHere(actor, onlyHere);
      const { files, conflicts, fingerprint } = await connections.plan(tool, addressOf(parts));
      return {
        fingerprint,
        conflicts: [...conflicts],
        files: files.map(({ lines, ...file }) => ({ ...file, lines: [...lines] })),
      };
    }),
    connectTool: operation(routes.connectTool, async ({ tool, fingerprint }, actor) => {
      checkHere(actor, onlyHere);
      return await toWire(parts, await connections.connect(tool, { address: addressOf(parts), fingerprint }));
    }),
    disconnectTool: operation(routes.disconnectTool, async ({ tool }, actor) => {
      checkHere(actor, onlyHere);
      const restored = await connections.disconnect(tool);
      if (restored) return { tool, kept: keptIn(restored) };
      throw new AdminError('conflict', 'That tool is not connected. See: waystation connect --list');
    }),
    disconnectTools: operation(routes.disconnectTools, async (_, actor) => {
      checkHere(actor, onlyHere);
      return (await connections.disconnectAll()).map(toEnded);
    }),
    setToolsAside: operation(routes.setToolsAside, async (_, actor) => {
      checkHere(actor, onlyHere);
      return (await connections.setAside()).map(toEnded);
    }),
    forgetSetAside: operation(routes.forgetSetAside, async (_, actor) => {
      checkHere(actor, onlyHere);
      await connections.forgetOffer();
      return {};
    }),
    planConflictFix: operation(routes.planConflictFix, async ({ tool, ...place }, actor) => {
      checkHere(actor, onlyHere);
      const { lines, ...planned } = await connections.fixes.plan(askedFix(parts, tool, place));
      return { ...planned, lines: [...lines] };
    }),
    fixConflict: operation(routes.fixConflict, async ({ tool, fingerprint, ...place }, actor) => {
      checkHere(actor, onlyHere);
      const backup = await connections.fixes.fix(askedFix(parts, tool, place), fingerprint);
      const { file, line, variable } = place;
      const change = { actor, action: 'fixConflict', at: parts.ports.clock.now() };
      const after = { variable, line, backup };
      await new AuditLog(parts.store).noted({ ...change, kind: 'file', object: file, after });
      return { connection: await shown(parts, tool), backup };
    }),
    restoreTool: operation(routes.restoreTool, async ({ tool, backup }, actor) => {
      checkHere(actor, onlyHere);
      if (await connections.restore(tool, backup)) return await shown(parts, tool);
      throw new AdminError(
        'not-found',
        'There is no such backup. See which there are with: waystation connect --list --json',
      );
    }),
  };
}

function askedFix({ live }: Parts, id: ToolId, place: ConflictPlace) {
  const address = live?.url();
  return { tool: known(id), place, isOurs: (value: string) => address !== undefined && value.startsWith(address) };
}

function known(id: ToolId): Tool {
  const tool = tools.find((one) => one.id === id);
  if (tool) return tool;
  throw new AdminError('not-found', 'There is no such tool. See: waystation connect --list');
}

async function shown(parts: Parts, id: ToolId) {
  return await toWire(parts, await parts.connections.states.of(known(id), parts.live?.url()));
}

async function toWire({ connections, keyRepository, live, ports, store }: Parts, state: ToolState) {
  const { tool, keyId } = state;
  const key = keyId === undefined ? undefined : await keyRepository.find(keyId);
  const uses = live ? await live.keyUses() : await readUses(store);
  const isKeyGone = keyId !== undefined && !(key && isUsable(key, ports.clock.now()));
  const repair = connections.repairOf(tool);
  const offered = await connections.offered();
  return {
    ...state,
    state: isKeyGone ? ('drifted' as const) : state.state,
    files: [...state.files],
    drift: [...state.drift],
    conflicts: [...state.conflicts],
    isKeyGone,
    isSetAside: offered.includes(tool),
    lastUsedAt: keyId === undefined ? undefined : uses.get(keyId)?.at,
    repair: repair && { outcome: repair.outcome, message: repair.message },
    backups: (await connections.backups(tool)).map(({ id, files }) => ({ id, files: files.map(({ file }) => file) })),
    canLaunch: tools.some((one) => one.id === tool && one.launch !== undefined),
  };
}

function toEnded({ tool, restored }: Ended) {
  return { tool, kept: keptIn(restored) };
}

function keptIn(restored: readonly Restored[]): string[] {
  return restored.flatMap(({ kept }) => kept);
}

function addressOf({ live }: Parts): string {
  const address = live?.url();
  if (address !== undefined) return address;
  throw new AdminError(
    'unavailable',
    'No relay runs here, so a tool would be sent to nobody. Start it: waystation serve',
  );
}
