/** Aborts after `ms`; at once where no time is left. Node’s own takes whole milliseconds only, and throws at others. */
export const signalAfter = (ms: number): AbortSignal => AbortSignal.timeout(Math.max(1, Math.ceil(ms)));
