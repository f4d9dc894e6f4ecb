/** Where this browser is: IANA name. What is said per day is said per day of this place. */
export const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The day of this place, as a date field takes it: 2026-11-01. */
export function dayOf(moment: number): string {
  const date = new Date(moment);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
