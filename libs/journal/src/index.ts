import './erasures.js';
export { appendFact, type Actor, type Fact } from './append.js';
export { appendFacts } from './append-facts.js';
export { JournalEntry, JournalHead, JournalPayload } from './journal.entity.js';
export {
  HINT_BATCH,
  LIFECYCLE_EVENTS,
  LIFECYCLE_QUEUE,
  LIFECYCLE_URGENT_QUEUE,
  LifecycleEvents,
  type LifecycleEvent,
  type LifecycleHint,
} from './lifecycle-events.js';
export { CreateJournal1764000002000 } from './migrations/1764000002000-create-journal.js';
export { JournalModule } from './journal.module.js';
export { sessionStarted, tellSessionsEnded } from './tell-sessions.js';
export { WORK } from './work.js';
