import type * as z from 'zod';
import type { Actor } from '../../store/audit-scope.ts';
import type { Output, RouteName } from './contract.ts';
import { AdminError } from './errors.ts';

/** Like the contract's `Operations`, but each checks its input itself: what arrives over HTTP is not typed. */
export type CheckedOperations = {
  readonly [Name in RouteName]: (input: unknown, actor?: Actor) => Promise<Output<Name>>;
};

/** A command that works on the store itself. */
export const commandLine: Actor = { kind: 'command' };

/** Joins a route's schemas with what it does: strict on the way in, an allow-list on the way out. */
export function operation<Input extends z.ZodType, Result extends z.ZodType>(
  route: { readonly input: Input; readonly output: Result },
  run: (input: z.output<Input>, actor: Actor) => Promise<z.input<Result>>,
): (given: unknown, actor?: Actor) => Promise<z.output<Result>> {
  return async (given, actor = commandLine) => {
    return route.output.parse(await run(parseInput(route.input, asSent(given)), actor));
  };
}

/** As it would arrive over HTTP: what is undefined was left out, and replaces nothing that is stored. */
function asSent(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

export function parseInput<Input extends z.ZodType>(schema: Input, given: unknown): z.output<Input> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const named = parsed.error.issues.filter(({ path }) => path.length > 0);
  const issues = named.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new AdminError('request-invalid', parsed.error.issues.map(describe).join('. '), { issues });
}

/** Names the field and what is wrong with it, never its value: it may be a secret. */
function describe(issue: z.core.$ZodIssue): string {
  // A schema that says itself what it wants says it better than any of its forms.
  const isVague = issue.code === 'invalid_union' && issue.message === 'Invalid input';
  const meant = isVague ? closest(issue.errors) : undefined;
  if (meant) return meant.map((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] })).join('. ');
  const place = issue.path.join('.');
  return place === '' ? issue.message : `${place}: ${issue.message}`;
}

/** Of several forms that a field may have, the one that was most likely meant: which knows most of what was given. */
function closest(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const isOtherType = (issue: z.core.$ZodIssue) => issue.code === 'invalid_type' && issue.path.length === 0;
  const unknown = (issues: readonly z.core.$ZodIssue[]) =>
    issues.reduce(
      (sum, one) => sum + (one.code === 'unrecognized_keys' && one.path.length === 0 ? one.keys.length : 0),
      0,
    );
  const [first] = forms
    .filter((issues) => !issues.some(isOtherType))
    .toSorted((one, other) => unknown(one) - unknown(other) || one.length - other.length);
  return first;
}
