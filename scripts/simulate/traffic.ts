/** One turn of a made-up session. */
export interface Turn {
  readonly session: string;
  readonly keyId: string;
  readonly model: string;
  /** Milliseconds since the beginning of the week. */
  readonly at: number;
  /** The whole prompt. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly lastsMs: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** Sessions that begin in each hour of a working day; a weekend has a quarter of them. */
const byHour = [1, 0, 0, 0, 0, 0, 1, 3, 8, 14, 16, 14, 8, 12, 15, 16, 14, 10, 6, 5, 5, 4, 3, 2] as const;
const models = ['claude-sonnet-4-5', 'claude-sonnet-4-5', 'claude-sonnet-4-5', 'claude-opus-4-5'] as const;

/** Days of coding sessions, the same for the same seed: turns in the order of their times. */
export function makeTraffic(days: number, seed: number): readonly Turn[] {
  const random = sequence(seed);
  const turns: Turn[] = [];
  for (let day = 0; day < days; day += 1) {
    for (const [hourOfDay, usual] of byHour.entries()) {
      const count = Math.round(usual * (day % 7 >= 5 ? 0.25 : 1) * (0.7 + 0.6 * random()));
      for (let index = 0; index < count; index += 1) {
        const at = (day * 24 + hourOfDay + random()) * hour;
        turns.push(...makeSession(`s${day}-${hourOfDay}-${index}`, at, random));
      }
    }
  }
  return turns.sort((one, other) => one.at - other.at);
}

/** A prompt that grows with every turn; now and then somebody thinks for longer than a cache lives. */
function makeSession(session: string, beginsAt: number, random: () => number): readonly Turn[] {
  const model = models[Math.floor(random() * models.length)] ?? models[0];
  const keyId = `key-${Math.floor(random() * 6)}`;
  const count = 3 + Math.floor(random() ** 2 * 40);
  let promptTokens = 12_000 + Math.floor(random() * 20_000);
  let at = beginsAt;
  return Array.from({ length: count }, () => {
    const outputTokens = 200 + Math.floor(random() * 1_200);
    const lastsMs = 4_000 + outputTokens * 15;
    const turn = { session, keyId, model, at, promptTokens, outputTokens, lastsMs };
    promptTokens = Math.min(180_000, promptTokens + outputTokens + 500 + Math.floor(random() * 4_000));
    at += lastsMs + (random() < 0.06 ? (6 + 20 * random()) * minute : (2 + 60 * random()) * 1_000);
    return turn;
  });
}

/** Numbers from 0 to 1 that look random and are the same in every run. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
