/** ` (did you mean "x"?)` where one of the words is near, else nothing. */
export function suggestion(text: string, words: Iterable<string>): string {
  if (text.length > 40) return "";
  let best: string | undefined;
  let least = Math.min(3, Math.floor(text.length / 3)) + 1;
  for (const word of words) {
    const distance = word.toLowerCase() === text.toLowerCase() ? 0 : editDistance(text, word);
    if (distance < least) {
      least = distance;
      best = word;
    }
  }
  return best === undefined ? "" : ` (did you mean "${best}"?)`;
}

/** Levenshtein's distance: insertions, deletions and replacements that lead from one text to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
