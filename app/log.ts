import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import winston from 'winston';
import type { CallRecord } from './usage/record.ts';

export interface Logger {
  error(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  debug(message: string, fields?: object): void;
}

export interface LogOptions {
  readonly folder: string;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
}

export interface Loggers {
  /** One logger for each subsystem. */
  of(subsystem: string): Logger;
  /** One line for each settled call, written a moment later together with others: a call must not wait for its log. */
  call(line: string): void;
  close(): Promise<void>;
}

const maxFileBytes = 10 * 1024 * 1024;
const maxFiles = 5;

/** Rotating files under `folder`; every line is redacted, whatever it says. */
export function createLoggers(options: LogOptions): Loggers {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const file = new winston.transports.File({
    filename: join(options.folder, 'waystation.log'),
    maxsize: maxFileBytes,
    maxFiles,
    tailable: true,
    options: { flags: 'a', mode: 0o600 },
  });
  const root = winston.createLogger({ level: options.level, format: line(), transports: [file] });
  const calls = new CallLines((lines) => root.info(lines));
  return {
    of: (subsystem) => bind(root, subsystem),
    call: (text) => calls.add(text),
    close: () =>
      new Promise((resolve) => {
        calls.flush();
        file.once('finish', resolve);
        root.end();
      }),
  };
}

const flushEveryMs = 100;
const flushAtLines = 200;

/** Call lines on their way to the file. */
class CallLines {
  readonly #write: (lines: string) => void;
  #lines: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  add(text: string): void {
    this.#lines.push(head('info', 'relay') + text.replaceAll('\n', '\\n'));
    if (this.#lines.length >= flushAtLines) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushEveryMs).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    this.#write(this.#lines.join('\n'));
    this.#lines = [];
  }
}

/** The one line of a settled call. */
export function callLine(call: CallRecord): string {
  const { usage } = call;
  const tokens = `${usage.inputTokens}+${usage.cacheReadTokens}r+${usage.cacheWrite5mTokens + usage.cacheWrite1hTokens}w>${usage.outputTokens}`;
  const tries = call.attempts.length === 1 ? '' : ` tries=${call.attempts.length}`;
  const trouble = call.errorKind ? ` error=${call.errorKind}` : '';
  const doubts = usage.anomalies ? ` anomalies=${usage.anomalies.join(',')}` : '';
  return `${call.requestId} ${call.status} ${call.httpStatus ?? '-'} ${call.route} ${call.model} key=${call.keyId} account=${call.accountId ?? '-'} tokens=${tokens} ${call.durationMs}ms${tries}${trouble}${doubts}`;
}

/** What looks like a credential, wherever it stands: our keys, vendors' keys, bearer tokens, passwords in addresses. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/\bwsk_[\w-]{8,}/g, 'wsk_[redacted]'],
  [/\bsk-[\w-]{8,}/g, 'sk-[redacted]'],
  [/\bAIza[\w-]{20,}/g, '[redacted]'],
  [/\bey[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, '[redacted]'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [
    /((?:x-api-key|api-key|authorization|cookie|x-goog-api-key|password|passphrase|secret|token)["']?\s*[:=]\s*["']?)[^\s"',;}]{4,}/gi,
    '$1[redacted]',
  ],
  [/(:\/\/[^/\s:@]*:)[^/\s@]+@/g, '$1[redacted]@'],
];

export function redact(text: string): string {
  return secretShapes.reduce((redacted, [shape, replacement]) => redacted.replace(shape, replacement), text);
}

function bind(root: winston.Logger, subsystem: string): Logger {
  const write = (level: string) => (message: string, fields?: object) => {
    root.log({ level, message, subsystem, ...(fields ? { fields } : {}) });
  };
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
}

/** `2026-11-23T10:00:00.000Z info relay: message {"fields":…}`; lines of calls come with their own heads. */
function line(): winston.Logform.Format {
  return winston.format.printf((entry) => {
    if (entry['subsystem'] === undefined) return redact(String(entry.message));
    const fields = entry['fields'] === undefined ? '' : ` ${JSON.stringify(entry['fields'])}`;
    const text = `${String(entry.message)}${fields}`.replaceAll('\n', '\\n');
    return head(entry.level, String(entry['subsystem'])) + redact(text);
  });
}

function head(level: string, subsystem: string): string {
  return `${new Date().toISOString()} ${level} ${subsystem}: `;
}
