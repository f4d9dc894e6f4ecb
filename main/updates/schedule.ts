const minuteMs = 60_000;
const firstMs = minuteMs;
const everyMs = 4 * 60 * minuteMs;
const firstRetryMs = 5 * minuteMs;
const lastRetryMs = 60 * minuteMs;
/** Many computers that start at the same hour do not ask in the same second. */
const jitter = 0.15;

/** When to look next: soon after the start, every four hours, later and later while nobody answers. */
export function nextCheckMs(
  past: { readonly checks: number; readonly failures: number },
  random: () => number = Math.random,
): number {
  const { checks, failures } = past;
  const regular = checks === 0 ? firstMs : everyMs;
  const plainMs = failures === 0 ? regular : Math.min(lastRetryMs, firstRetryMs * 2 ** (failures - 1));
  return Math.round(plainMs * (1 + jitter * (2 * random() - 1)));
}
