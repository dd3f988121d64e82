/**
 * Asks until the answer is neither undefined nor false, and gives it; throws after `timeoutMs` with what was waited for and
 * the last error. What fails meanwhile counts as not yet.
 */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined | false> | Answer | undefined | false,
  timeoutMs = 20_000,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const why = last instanceof Error ? ` (${last.message})` : "";
      throw new Error(`waited ${timeoutMs} ms in vain: ${what}${why}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
