import { Writable } from 'node:stream';
import winston from 'winston';
import { redact } from './domain/redaction.ts';
import { LogFile } from './log-file.ts';
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

const maxBytes = 10 * 1024 * 1024;
const maxFiles = 5;

/** Rotating files under `folder`; every line is redacted, whatever it says. */
export function createLoggers(options: LogOptions): Loggers {
  // NOTE: winston's own file never writes again after a disk was full, keeps every later line in memory and cannot be closed.
  const file = new LogFile({ folder: options.folder, maxBytes, maxFiles });
  const target = new winston.transports.Stream({ stream: streamTo(file) });
  const root = winston.createLogger({ level: options.level, format: line(), transports: [target] });
  let isClosed = false;
  // What is told while everything ends, such as by a connection that breaks, comes too late to be kept.
  const write: Write = (entry) => void (isClosed || root.log(entry));
  const calls = new CallLines((message) => write({ level: 'info', message }));
  return {
    of: (subsystem) => bind(write, subsystem),
    call: (text) => calls.add(text),
    close: () =>
      new Promise((resolve) => {
        calls.flush();
        isClosed = true;
        target.once('finish', () => {
          file.close();
          resolve();
        });
        root.end();
      }),
  };
}

function streamTo(file: LogFile): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      file.append(String(chunk));
      done();
    },
  });
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

type Write = (entry: winston.LogEntry) => void;

function bind(write: Write, subsystem: string): Logger {
  const at = (level: string) => (message: string, fields?: object) => {
    write({ level, message, subsystem, ...(fields ? { fields } : {}) });
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
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
