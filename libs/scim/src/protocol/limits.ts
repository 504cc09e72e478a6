const KB = 1024;

/** What one request may ask for; ServiceProviderConfig says the same. */
export const LIMITS = {
  defaultCount: 100,
  maxCount: 1_000,
  bulkOperations: 2_000,
  payloadBytes: 2 * KB * KB,
  cursorSeconds: 3_600,
  patchOperations: 1_000,
  /** Of a value with an index; an entry of PostgreSQL's B-trees has 2,704 bytes. */
  lookedUpBytes: 2_600,
  depth: 12,
  names: 300_000,
} as const;
