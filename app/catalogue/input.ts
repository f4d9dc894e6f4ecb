import { RelayError } from '../domain/errors.ts';
import { type Alias, AliasTable, isPattern, keyOf } from './alias.ts';

export interface AliasInput {
  readonly name: string;
  readonly target: string;
}

const maxLength = 200;
const maxAliases = 1_000;

/** What is stored for it. Throws `request-invalid` with a sentence that says what is wrong. */
export function checkAlias({ name, target }: AliasInput, others: readonly Alias[]): AliasInput {
  const checked = { name: keyOf(name.trim()), target: target.trim() };
  const problem = problemOf(checked, others);
  if (problem !== undefined) throw new RelayError('request-invalid', `The alias was not saved: ${problem}`);
  return checked;
}

/** Without an exact name, what a pattern says of it counts again: that may close a circle. */
export function checkRemoval(name: string, others: readonly Alias[]): void {
  const circle = new AliasTable(others).findCircle();
  if (!circle) return;
  const message = `The alias was not removed: without ${name}, names would lead round in a circle (${arrows(circle)}).`;
  throw new RelayError('request-invalid', `${message} Remove one of these first.`);
}

function problemOf({ name, target }: AliasInput, others: readonly Alias[]): string | undefined {
  if (!isName(name)) return `the alias ${nameRule}.`;
  if (!isName(target)) return `the model it stands for ${nameRule}.`;
  if (isPattern(target)) return 'the model it stands for must be one name; * may stand in the alias only.';
  if (name === keyOf(target)) return `${name} would stand for itself.`;
  const kept = others.filter((other) => other.name !== name);
  if (kept.length >= maxAliases) return `there are ${maxAliases} aliases already; a pattern can replace many.`;
  const circle = new AliasTable([...kept, { name, target, updatedAt: 0 }]).findCircle();
  return circle && `names would lead round in a circle (${arrows(circle)}). Remove or change one of these first.`;
}

const nameRule = `must be 1 to ${maxLength} characters without blanks`;

function isName(text: string): boolean {
  return text.length <= maxLength && /^[^\s\p{Cc}]+$/u.test(text);
}

function arrows(names: readonly string[]): string {
  return names.join(' → ');
}
