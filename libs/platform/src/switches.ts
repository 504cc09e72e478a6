import { setTimeout as pause } from 'node:timers/promises';

/** So long (ms) a process may go on with what it knows of switches that stop its calls. */
export const SWITCH_SEEN_MS = 100;

/** For what lies between the last look and the bytes that leave, and for clocks that round. */
const MARGIN_MS = 50;

/** Whoever has turned a switch waits so long after the commit: from then on every process has seen it, and nothing is sent. */
export const switchSeen = (): Promise<void> => pause(SWITCH_SEEN_MS + MARGIN_MS);
