/** The known name nearest to a mistyped one, or undefined when none is near. */
export function suggestName(typed: string, known: Iterable<string>): string | undefined {
  const tolerance = Math.max(1, Math.floor(typed.length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    if (Math.abs(name.length - typed.length) > tolerance) continue;
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (distance <= tolerance && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

/** Insertions, deletions, replacements and swaps of neighbours from one to the other, one row at a time. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = cell(last, j) + (from[i] === to[j] ? 0 : 1);
      const isSwap = i > 0 && j > 0 && from[i] === to[j - 1] && from[i - 1] === to[j];
      const swapped = isSwap ? cell(beforeLast, j - 1) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, cell(last, j + 1) + 1, cell(row, j) + 1));
    }
    [beforeLast, last] = [last, row];
  }
  return cell(last, to.length);
}

const cell = (row: readonly number[], at: number): number => row[at] ?? 0;
