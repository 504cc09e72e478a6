import type { InjectionToken } from '@nestjs/common';
import type { HintData } from './queues.js';
import type { SlicedWork } from './sliced-work.js';
import type { Timer } from './timers.js';

/** A queue and who handles its hints. */
export interface QueueWork {
  readonly queue: string;
  /** How many jobs one process takes off the queue at once. */
  readonly concurrency: number;
  readonly handle: (hint: HintData) => Promise<void>;
}

/** What a lib does in the worker process. */
export interface BackgroundWork {
  readonly timers?: readonly Timer[];
  /** Long work; all of it shares the `sync` queue. */
  readonly sliced?: readonly SlicedWork[];
  readonly queues?: readonly QueueWork[];
  /** Ends what is still in progress, after the queues are closed. */
  readonly close?: () => Promise<void>;
}

/** Returns the process's instance of a provider; throws when there is none. */
export type Resolve = <T>(token: InjectionToken<T>) => T;

/** A lib's `WORK`: built from the providers of its module. */
export type DefineWork = (get: Resolve) => BackgroundWork;

/** All work of a process. */
export interface JoinedWork {
  readonly timers: readonly Timer[];
  readonly sliced: ReadonlyMap<string, SlicedWork>;
  readonly queues: readonly QueueWork[];
  readonly close: () => Promise<void>;
}

/**
 * Joins the work of all libs. Throws when two of them claim one name (two timers of a name would take turns, and one of two
 * handlers would never run), or when some of `announced`, the sliced work that this process can announce, has no handler.
 */
export function joinWork(works: readonly BackgroundWork[], announced: readonly SlicedWork[]): JoinedWork {
  const sliced = works.flatMap((work) => work.sliced ?? []);
  const timers = [...works.flatMap((work) => work.timers ?? []), ...sliced.map((work) => work.timer())];
  const queues = works.flatMap((work) => work.queues ?? []);
  const faults = [
    ...twice(
      'timer',
      timers.map(({ name }) => name),
    ),
    ...twice(
      'sliced work',
      sliced.map(({ kind }) => kind),
    ),
    ...twice(
      'queue',
      queues.map(({ queue }) => queue),
    ),
    ...announced.filter((work) => !sliced.includes(work)).map(({ kind }) => `the sliced work "${kind}" has no handler`),
  ];
  if (faults.length > 0) throw new Error(`The worker cannot start: ${faults.join('; ')}. Correct the libs' WORK.`);
  return {
    timers,
    queues,
    sliced: new Map(sliced.map((work) => [work.kind, work])),
    close: async () => {
      await Promise.all(works.flatMap(({ close }) => (close === undefined ? [] : [close()])));
    },
  };
}

function twice(what: string, names: readonly string[]): string[] {
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(repeated)].map((name) => `the ${what} "${name}" is there twice`);
}
