import type { Application } from './application.entity.js';
import { maintenanceUntil } from './maintenance-until.js';

/** Why an application is left alone: somebody said so, its maintenance is on, it asked to wait, or it is failing. */
export interface Rest {
  readonly kind: 'pause' | 'maintenance' | 'rate_limit' | 'quarantine';
  /** When it ends, or when it is looked again; null: when somebody resumes it. */
  readonly until: Date | null;
  readonly reason: string;
}

type Resting = Pick<
  Application,
  'pause' | 'maintenance' | 'pausedUntil' | 'quarantinedUntil' | 'quarantineReason' | 'quarantineTries'
>;

/** Why nothing is sent to an application now; null when it may be worked on, or be tried again after a quarantine. */
export function restOf(application: Resting, now: Date): Rest | null {
  const { maintenance, pausedUntil, quarantinedUntil, quarantineReason } = application;
  const paused = pauseOf(application, now);
  if (paused !== null) return paused;
  const maintained = maintenance.length === 0 ? null : maintenanceUntil(maintenance, now);
  if (maintained !== null) return { kind: 'maintenance', until: maintained, reason: 'A maintenance window is on.' };
  if (isAhead(quarantinedUntil, now))
    return { kind: 'quarantine', until: quarantinedUntil, reason: quarantineReason ?? '' };
  if (isAhead(pausedUntil, now))
    return { kind: 'rate_limit', until: pausedUntil, reason: 'The application asked to be left alone until then.' };
  return null;
}

function pauseOf({ pause }: Resting, now: Date): Rest | null {
  if (pause === null) return null;
  const until = pause.until === null ? null : new Date(pause.until);
  return until === null || until > now ? { kind: 'pause', until, reason: pause.reason } : null;
}

const isAhead = (until: Date | null, now: Date): boolean => until !== null && until > now;
