import { RelayError } from '../domain/errors.ts';

/** The code in what a person pasted: `code#state`, the whole address of the last page, or the code alone. Throws `RelayError`. */
export function readPasted(text: string, isOurState: (state: string) => boolean): string {
  const { code, state } = partsOf(text.trim());
  if (!/^[!-~]{1,4096}$/.test(code)) {
    throw new RelayError(
      'request-invalid',
      'This is not what the sign-in page shows. Paste the whole code, or the whole address of the page that the browser ended at.',
    );
  }
  if (state !== undefined && !isOurState(state)) {
    throw new RelayError(
      'request-invalid',
      'This code belongs to another sign-in. Paste the one of the page just opened.',
    );
  }
  return code;
}

/** Without a state the proof key alone ties the code to us, which is enough: the page shows nothing else. */
function partsOf(text: string): { readonly code: string; readonly state: string | undefined } {
  const url = /^https?:/.test(text) ? URL.parse(text) : undefined;
  if (url) return { code: url.searchParams.get('code') ?? '', state: url.searchParams.get('state') ?? '' };
  const [code = '', state] = text.split('#', 2);
  return { code, state };
}
