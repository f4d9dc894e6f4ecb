import * as z from 'zod';

// The part of the contract that is about what calls say: kept only while the owner wants it, and for a short time.

const moment = z.int().nonnegative();
const none = z.strictObject({});
const count = z.int().nonnegative();

const captureState = z.object({
  isOn: z.boolean(),
  /** When it ends by itself. */
  until: moment.nullable(),
  /** How many more calls; null when only the time ends it. */
  callsLeft: count.nullable(),
  kept: z.object({ calls: count, bytes: count }),
  limits: z.object({ ageMs: count, bytes: count, bodyBytes: count }),
});

const message = z.object({
  headers: z.record(z.string(), z.string()),
  /** Its beginning, redacted; null when it is no text. */
  body: z.string().nullable(),
  /** Of the whole body. */
  bytes: count,
  isWhole: z.boolean(),
});

const capturedCall = z.object({
  requestId: z.string(),
  capturedAt: moment,
  method: z.string(),
  path: z.string(),
  request: message,
  /** `status` is null when no answer began. */
  answer: message.extend({ status: z.int().nullable(), error: z.string().nullable() }),
});

const term = z.strictObject({
  minutes: z.int().min(1).max(1_440).default(15),
  calls: z.int().min(1).max(1_000).optional(),
});

export const captureRoutes = {
  showCapture: { method: 'GET', path: '/capture', input: none, output: captureState },
  /** From now on, for a time or so many calls, whichever ends first. */
  startCapture: { method: 'POST', path: '/capture', input: term, output: captureState },
  stopCapture: { method: 'POST', path: '/capture/stop', input: none, output: captureState },
  /** Stops it and removes all that was kept; tells what a look at the disk finds afterwards. */
  purgeCapture: {
    method: 'DELETE',
    path: '/capture',
    input: none,
    output: z.object({ calls: count, bytes: count, bytesLeft: count }),
  },
  /** Null when that call was not kept, or is gone. */
  showCapturedCall: {
    method: 'GET',
    path: '/capture/calls/:requestId',
    input: z.strictObject({ requestId: z.string().min(1).max(64) }),
    output: z.object({ captured: capturedCall.nullable() }),
  },
} as const;
