// What the demo prints.

const dim = (text) => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[0m` : text);
const bold = (text) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);

export const title = (text) => console.log(`\n${bold(text)}`);
export const say = (text) => console.log(`  ${text}`);

/** One line per operation: what was done where, and how long after the commit the app had answered. */
export function tell(operations, appNames) {
  for (const { kind, outcome, diff, applicationId, at, committedAt, exchanges } of operations) {
    if (kind === 'look') continue;
    const what =
      Array.isArray(diff) && diff.length > 0 && kind !== 'create' ? ` ${diff.map(shortName).join(', ')}` : '';
    const how = exchanges.map((exchange) => `${exchange.request} ${exchange.status ?? ''}`).join(', ');
    say(
      `${(appNames.get(applicationId) ?? '').padEnd(10)} ${`${kind}${what}`.padEnd(34)} ${outcome.padEnd(10)} ${String(waited(at, committedAt)).padStart(5)} ms  ${dim(how)}`,
    );
  }
}

const shortName = (attribute) => attribute.split(':').at(-1);
const waited = (at, committedAt) => (committedAt ? new Date(at) - new Date(committedAt) : 0);

export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows)
    say(
      row
        .map((cell, column) =>
          column === 0 ? String(cell).padEnd(widths[column]) : String(cell).padStart(widths[column]),
        )
        .join('   '),
    );
}

/** The value below which `share` of the (sorted) numbers lie. */
export const percentile = (numbers, share) =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? 0;
