/** Puts what somebody typed into a filter, as a value and nothing else. */
export async function filled(template: string, values: Readonly<Record<string, string>>): Promise<string> {
  // Read at the first sign-in: most people never have one.
  const { Filter } = await import('ldapts');
  // One pass: what was put in is not looked at again.
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? Filter.escape(values[name] ?? '') : whole,
  );
}
