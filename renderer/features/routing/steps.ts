interface Ranked {
  readonly id: string;
  readonly priority: number;
}

type Steps = readonly (readonly string[])[];

/** Accounts by the step they stand on, the first to be asked first. */
export function stepsOf<Account extends Ranked>(accounts: readonly Account[]): readonly (readonly Account[])[] {
  const steps = Map.groupBy(accounts, ({ priority }) => priority);
  return [...steps].sort(([a], [b]) => a - b).map(([, step]) => step);
}

/** Who shares a step gets one alone; who is alone joins the neighbours. Undefined when there is no way to go. */
export function moved(steps: Steps, id: string, by: 1 | -1): string[][] | undefined {
  const at = steps.findIndex((step) => step.includes(id));
  const step = steps[at];
  if (!step) return undefined;
  if (step.length > 1) return placed(steps, id, { before: by === 1 ? at + 1 : at });
  return steps[at + by] && placed(steps, id, { into: at + by });
}

/** Where something is dropped: on a step, or before one, where it gets a step of its own. */
export type Place = { readonly into: number } | { readonly before: number };

/** The steps with one account elsewhere; undefined when it is not there, or would stay where it is. */
export function placed(steps: Steps, id: string, place: Place): string[][] | undefined {
  if (!steps.some((step) => step.includes(id))) return undefined;
  const without = steps.map((step) => step.filter((one) => one !== id));
  const changed =
    'into' in place
      ? without.map((step, index) => (index === place.into ? [...step, id] : step))
      : [...without.slice(0, place.before), [id], ...without.slice(place.before)];
  const filled = changed.filter((step) => step.length > 0);
  return isSame(filled, steps) ? undefined : filled;
}

function isSame(one: Steps, other: Steps): boolean {
  const text = (steps: Steps) => JSON.stringify(steps.map((step) => step.toSorted()));
  return text(one) === text(other);
}
