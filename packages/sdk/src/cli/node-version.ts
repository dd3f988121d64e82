/** What the packages name as `engines`: `node:sqlite` without a flag. */
const OLDEST = [22, 13] as const;

/** What to tell somebody whose Node is too old; undefined where it is not. `version`: as `process.versions.node` says it. */
export function unsupportedNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `portolan needs Node ${OLDEST.join(".")} or later, and this is ${version}: put a newer \`node\` first on PATH`;
}
