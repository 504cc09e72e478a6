import type { DefineWork } from '@tenure/platform';
import { numberJournalEntries } from './number-entries.js';

/** What the journal does in the worker. */
export const WORK: DefineWork = () => ({ timers: [numberJournalEntries] });
