import { dialog } from 'electron';

export interface Question {
  readonly message: string;
  readonly detail: string;
  readonly yes: string;
  /** Also what closing the question means. */
  readonly no: string;
}

/** One question of the system's own, with two answers. */
export async function askPerson({ message, detail, yes, no }: Question): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    ...{ type: 'question', title: 'Waystation', message, detail, buttons: [yes, no] },
    ...{ defaultId: 1, cancelId: 1, noLink: true },
  });
  return response === 0;
}
