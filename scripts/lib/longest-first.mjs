// The order of the specs: whatever takes longest begins first, so that at the end no worker is alone with it.
import { statSync } from 'node:fs';

/** Specs that take longer than their size tells: they break processes, wait for the product's own times, or do much. */
const LONG = [
  'test/engine/',
  'test/faults/',
  'test/doors/',
  'test/integration/pace.',
  'test/integration/scim-groups.',
  'test/integration/drift.',
  'test/integration/saml-jit.',
  'test/integration/csv-import.',
  'test/integration/absences.',
  'test/integration/oldest-postgres.',
  'test/integration/configuration.',
  'libs/identity/src/order-of-sources.',
];

/** Jest's own sequencer knows times only where an earlier run left them: not in a clean checkout, as CI has. */
export default class LongestFirst {
  sort(tests) {
    const ranks = new Map(tests.map((test) => [test, rankOf(test.path)]));
    return [...tests].sort((a, b) => compare(ranks.get(a), ranks.get(b)));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

// The long ones in the order of their list, then what has servers, then the rest; the largest first.
function rankOf(path) {
  const long = LONG.findIndex((part) => path.includes(part));
  const kind = path.endsWith('.int-spec.ts') ? 0 : 1;
  return [long === -1 ? LONG.length : long, kind, -statSync(path).size];
}

function compare(one, other) {
  const index = one.findIndex((rank, i) => rank !== other[i]);
  return index === -1 ? 0 : one[index] - other[index];
}
