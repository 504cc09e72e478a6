const KB = 1024;

/** What one request may ask for; ServiceProviderConfig says the same. */
export const LIMITS = {
  defaultCount: 100,
  maxCount: 1_000,
  bulkOperations: 2_000,
  payloadBytes: 2 * KB * KB,
  cursorSeconds: 3_600,
  patchOperations: 1_000,
  depth: 12,
  names: 300_000,
} as const;
