/** Whoever touched the page so lately is at it. */
const hereMs = 10_000;

let touchedAt = Number.NEGATIVE_INFINITY;

/** Notes every sign of a person. Opening the page is one. */
export function watchPresence(): void {
  const touch = () => {
    touchedAt = Date.now();
  };
  touch();
  for (const sign of ['pointerdown', 'keydown', 'wheel']) document.addEventListener(sign, touch, { passive: true });
}

/** Whether a question may have been caused by a person; the relay locks sessions that nobody uses. */
export function isSomebodyHere(): boolean {
  return Date.now() - touchedAt < hereMs;
}
