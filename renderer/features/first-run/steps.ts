/** Where tokens come from, which tools come here, and a first call. */
export const steps = ['source', 'tools', 'try'] as const;
export type Step = (typeof steps)[number];

/** What exists already; so the first run goes on where it was left, on whatever page that was done. */
export interface Progress {
  readonly hasAccount: boolean;
  readonly hasTool: boolean;
  readonly hasCall: boolean;
}

export function isDone(step: Step, { hasAccount, hasTool, hasCall }: Progress): boolean {
  const done: Readonly<Record<Step, boolean>> = { source: hasAccount, tools: hasTool, try: hasCall };
  return done[step];
}

export function nextStep(progress: Progress): Step {
  return steps.find((step) => !isDone(step, progress)) ?? 'try';
}

export function toStep(text: string | null): Step | undefined {
  return steps.find((step) => step === text);
}
