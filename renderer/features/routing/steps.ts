interface Ranked {
  readonly id: string;
  readonly priority: number;
}

/** Accounts by the step they stand on, the first to be asked first. */
export function stepsOf<Account extends Ranked>(accounts: readonly Account[]): readonly (readonly Account[])[] {
  const steps = Map.groupBy(accounts, ({ priority }) => priority);
  return [...steps].sort(([a], [b]) => a - b).map(([, step]) => step);
}

/** Who shares a step gets one alone; who is alone joins the neighbours. Undefined when there is no way to go. */
export function moved(steps: readonly (readonly string[])[], id: string, by: 1 | -1): string[][] | undefined {
  const at = steps.findIndex((step) => step.includes(id));
  const step = steps[at];
  if (!step) return undefined;
  const rest = step.filter((one) => one !== id);
  const others = steps.map((one, index) => (index === at ? rest : [...one]));
  if (rest.length > 0) {
    return [...others.slice(0, by === 1 ? at + 1 : at), [id], ...others.slice(by === 1 ? at + 1 : at)].map(copy);
  }
  if (!steps[at + by]) return undefined;
  return others.map((one, index) => (index === at + by ? [...one, id] : copy(one))).filter((one) => one.length > 0);
}

function copy(step: readonly string[]): string[] {
  return [...step];
}
