/**
 * Says what was found, and fails where something is wrong.
 *
 * @param {string} subject
 * @param {readonly string[]} complaints
 */
export function report(subject, complaints) {
  process.stdout.write(complaints.length === 0 ? `ok    ${subject}\n` : `FAIL  ${subject}\n`);
  for (const complaint of complaints) process.stdout.write(`      ${complaint}\n`);
  if (complaints.length > 0) process.exitCode = 1;
}
