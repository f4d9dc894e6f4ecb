import * as z from 'zod';
import { toolIds } from '../../connect/tool-id.ts';

// The part of the contract that is about the tools of the computer that the relay runs on: what they are told, and how to undo it.

const moment = z.int().nonnegative();
const tool = z.enum(toolIds);
const byTool = z.strictObject({ tool });

export const connectionState = z.enum(['not-installed', 'not-connected', 'connected', 'drifted', 'env-conflict']);

/** A variable that wins over what is in the tool's file. Its value is never told. */
const conflict = z.object({
  variable: z.string(),
  /** A start-up file and the line in it; without them the variable is in the relay's own environment. */
  file: z.string().optional(),
  line: z.int().optional(),
});

export const connection = z.object({
  tool,
  name: z.string(),
  state: connectionState,
  version: z.string().optional(),
  files: z.array(z.string()),
  /** Where its file sends it now. */
  endpoint: z.string().optional(),
  /** Keys of its file that another program changed. */
  drift: z.array(z.string()),
  /** It knows us by an address that is not ours any more. */
  isElsewhere: z.boolean(),
  /** The key that it was given is gone or may not be used. */
  isKeyGone: z.boolean(),
  /** Quitting disconnected it, and it may be connected again. */
  isSetAside: z.boolean(),
  conflicts: z.array(conflict),
  connectedAt: moment.optional(),
  keyId: z.string().optional(),
  /** When a request with its key came last. */
  lastUsedAt: moment.optional(),
  /** What became of a change that was cut off. */
  repair: z.object({ outcome: z.enum(['finished', 'undone', 'needs-look']), message: z.string() }).optional(),
  backups: z.array(z.object({ id: z.string(), files: z.array(z.string()) })),
  /** Whether it can be started with variables alone. */
  canLaunch: z.boolean(),
});

const plan = z.object({
  fingerprint: z.string(),
  files: z.array(
    z.object({
      file: z.string(),
      /** Where it really is: another path when `file` is a link. */
      target: z.string(),
      isNew: z.boolean(),
      /** The tool does not read this file: it wants JSON without comments and trailing commas. */
      isIgnored: z.boolean(),
      lines: z.array(z.object({ kind: z.enum(['same', 'added', 'removed', 'skipped']), text: z.string() })),
    }),
  ),
  conflicts: z.array(conflict),
});

const disconnected = z.object({
  tool,
  /** Keys that another program changed: they stay as they are. */
  kept: z.array(z.string()),
});

/** Where it was found; the same as in the list. */
const place = { tool, variable: z.string().max(200), file: z.string().max(4_096), line: z.int().min(1) };

const fixPlan = z.object({
  fingerprint: z.string(),
  file: z.string(),
  target: z.string(),
  lines: plan.shape.files.element.shape.lines,
});

export const connectionRoutes = {
  listConnections: { method: 'GET', path: '/connections', input: z.strictObject({}), output: z.array(connection) },
  /** What connecting would write, with secrets masked. Changes nothing. */
  planConnection: { method: 'POST', path: '/connections/:tool/plan', input: byTool, output: plan },
  /** With the fingerprint of a plan it writes what was planned, or nothing. */
  connectTool: {
    method: 'POST',
    path: '/connections/:tool/connect',
    input: z.strictObject({ tool, fingerprint: z.string().max(128).optional() }),
    output: connection,
  },
  disconnectTool: { method: 'DELETE', path: '/connections/:tool', input: byTool, output: disconnected },
  disconnectTools: {
    method: 'DELETE',
    path: '/connections',
    input: z.strictObject({}),
    output: z.array(disconnected),
  },
  /** Disconnects all for as long as nobody would answer them: the next start offers to connect them again. */
  setToolsAside: {
    method: 'POST',
    path: '/connections/set-aside',
    input: z.strictObject({}),
    output: z.array(disconnected),
  },
  /** They stay disconnected, and are not offered any more. */
  forgetSetAside: {
    method: 'POST',
    path: '/connections/set-aside/forget',
    input: z.strictObject({}),
    output: z.object({}),
  },
  /** How a line that stands in the way would be commented out. Changes nothing. */
  planConflictFix: {
    method: 'POST',
    path: '/connections/:tool/conflicts/plan',
    input: z.strictObject(place),
    output: fixPlan,
  },
  fixConflict: {
    method: 'POST',
    path: '/connections/:tool/conflicts/fix',
    input: z.strictObject({ ...place, fingerprint: z.string().max(128) }),
    output: z.object({ connection, backup: z.string() }),
  },
  /** Ends the connection too. */
  restoreTool: {
    method: 'POST',
    path: '/connections/:tool/restore',
    input: z.strictObject({ tool, backup: z.string().max(64) }),
    output: connection,
  },
} as const;
