/**
 * The table: what the packaged program may never do, whoever starts it. By electron-builder's own names.
 *
 * @type {Readonly<Record<string, boolean>>}
 */
export const wantedFuses = {
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
};

/** In the order of the wire. */
const order = Object.keys(wantedFuses);
const off = '0'.charCodeAt(0);
const on = '1'.charCodeAt(0);

/**
 * What is wrong with the fuses of a binary.
 *
 * @param {{ readonly [at: number]: unknown }} wire As `@electron/fuses` reads it.
 * @returns {string[]}
 */
export function wrongFuses(wire) {
  return order.flatMap((name, at) => {
    const wanted = wantedFuses[name] ? on : off;
    return wire[at] === wanted
      ? []
      : [`${name} is ${stateOf(wire[at])}, and has to be ${wanted === on ? 'on' : 'off'}`];
  });
}

/** @param {unknown} state */
function stateOf(state) {
  if (state === on) return 'on';
  return state === off ? 'off' : 'not set';
}
