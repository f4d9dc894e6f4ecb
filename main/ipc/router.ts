import { ipcMain } from 'electron';
import {
  type DesktopCall,
  type DesktopInput,
  type DesktopOutput,
  desktopCalls,
} from '../../app/server/admin/contract-desktop.ts';
import { isOwnPage } from '../addresses.ts';
import { channels } from './channels.ts';

export type Answers = {
  readonly [Call in DesktopCall]: (input: DesktopInput<Call>) => DesktopOutput<Call> | Promise<DesktopOutput<Call>>;
};

/** What is known of who asks. */
export interface Sender {
  readonly url: string;
  /** A frame within a page has one. */
  readonly parent: object | null;
}

/** The only door from a page into this process: who asks and what is asked are looked at on every channel alike. */
export function routeIpc(answers: Answers, ownPage: () => string | undefined): void {
  for (const call of Object.keys(channels).filter(isCall)) {
    ipcMain.handle(channels[call], (event, input: unknown) => {
      if (!isAllowed(event.senderFrame, ownPage())) throw new Error('This page may not ask that');
      return answer(call, answers, input);
    });
  }
}

/** The relay's own page, at the top of its window. */
export function isAllowed(sender: Sender | null, ownPage: string | undefined): boolean {
  return sender !== null && sender.parent === null && ownPage !== undefined && isOwnPage(sender.url, ownPage);
}

async function answer<Call extends DesktopCall>(call: Call, answers: Answers, input: unknown): Promise<unknown> {
  const parsed = desktopCalls[call].input.safeParse(input);
  if (!parsed.success) throw new Error(`What was asked of ${channels[call]} is malformed`);
  // The schema of the same call made it.
  return desktopCalls[call].output.parse(await answers[call](parsed.data as DesktopInput<Call>));
}

function isCall(name: string): name is DesktopCall {
  return Object.hasOwn(channels, name);
}
