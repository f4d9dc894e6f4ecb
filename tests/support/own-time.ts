/**
 * Milliseconds of a core that this thread has had. A machine that has other things to do stretches every clock but this
 * one: between two points of a thread that never waits it is what passes on a machine that has not.
 */
export function ownTimeMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
