import { adminRoot } from '../../app/server/admin/contract.ts';
import { eventsPath, type FeedEvent, type FeedEventName, feedEvents } from '../../app/server/admin/contract-live.ts';

export type HeardEvent = {
  [Name in FeedEventName]: { readonly name: Name; readonly event: FeedEvent<Name> };
}[FeedEventName];

export interface FeedListener {
  hear(heard: HeardEvent): void;
  /** Whether what happens is told at once; without it, pages have to ask again and again. */
  connected(isConnected: boolean): void;
}

/** The browser comes back by itself when a connection breaks, but not after an answer that is no stream. */
const againMs = 15_000;
const names = Object.keys(feedEvents).filter(isEventName);

/** Tells what happens at the relay until the answer is called. */
export function listenToFeed(listener: FeedListener): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasMissed = false;
  const open = () => {
    source = new EventSource(adminRoot + eventsPath);
    for (const name of names) {
      source.addEventListener(name, (message: MessageEvent<unknown>) => {
        const heard = parse(name, message.data);
        if (heard?.name === 'hello') {
          // A new stream knows nothing of what the one before has told.
          if (hasMissed) listener.hear({ name: 'reset', event: {} });
          hasMissed = false;
          listener.connected(true);
        }
        if (heard) listener.hear(heard);
      });
    }
    source.onerror = () => {
      listener.connected(false);
      if (source.readyState !== EventSource.CLOSED) return;
      hasMissed = true;
      timer = setTimeout(open, againMs);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
    listener.connected(false);
  };
}

/** What a newer relay says and this page does not know is left out. */
function parse(name: FeedEventName, data: unknown): HeardEvent | undefined {
  const parsed = feedEvents[name].safeParse(readJson(String(data)));
  // The schema of that very name has parsed it, which a union cannot express.
  return parsed.success ? ({ name, event: parsed.data } as HeardEvent) : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEventName(name: string): name is FeedEventName {
  return Object.hasOwn(feedEvents, name);
}
