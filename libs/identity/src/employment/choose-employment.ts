import { computeState } from './compute-state.js';
import { asItCounts, takesHireBack } from './employment-words.js';
import type { Statement } from '../model/statement.js';

/** How an employment stands at a moment: the smaller, the more it speaks for the person. */
const PHASES = { works: 0, away: 1, ahead: 2, over: 3 } as const;
type Phase = (typeof PHASES)[keyof typeof PHASES];

interface Employment {
  readonly statement: Statement;
  readonly phase: Phase;
  readonly changesAt: Date | null;
}

/** The statements that count, and when another employment of the same source may take the first one's place. */
export interface Chosen {
  readonly statements: readonly Statement[];
  readonly reviewAt: Date | null;
}

/**
 * Of a source that has several records of the person, those whose employment is alive count; where none is, those that lie
 * ahead; else all. Which record was made first never matters: what works goes before who is away, later starts before earlier
 * ones, then the source's own keys decide.
 */
export function chooseEmployments(ranked: readonly Statement[], timeZone: string, at: Date): Chosen {
  const sources = new Map<string, Statement[]>();
  for (const statement of ranked)
    sources.set(statement.sourceId, [...(sources.get(statement.sourceId) ?? []), statement]);
  if (sources.size === ranked.length) return { statements: ranked, reviewAt: null };
  const reviews: number[] = [];
  const statements = [...sources.values()].flatMap((own) => {
    if (own.length === 1) return own;
    const employments = own.map((statement) => standing(statement, timeZone, at));
    for (const { changesAt } of employments) if (changesAt !== null) reviews.push(changesAt.getTime());
    const corrections = own.filter(({ corrects }) => corrects === true);
    return [...corrections, ...alive(employments.filter(({ statement }) => statement.corrects !== true))];
  });
  return { statements, reviewAt: reviews.length === 0 ? null : new Date(Math.min(...reviews)) };
}

function alive(employments: readonly Employment[]): Statement[] {
  const best = Math.min(...employments.map(({ phase }) => phase));
  const isOfBest = ({ phase }: Employment): boolean => (best <= PHASES.away ? phase <= PHASES.away : phase === best);
  return employments
    .filter(isOfBest)
    .sort(before)
    .map(({ statement }) => statement);
}

function before(a: Employment, b: Employment): number {
  if (a.phase !== b.phase) return a.phase - b.phase;
  const dates = (field: 'startDate' | 'endDate'): number =>
    compare(b.statement.person[field] ?? '', a.statement.person[field] ?? '');
  const started = a.phase === PHASES.ahead ? -dates('startDate') : dates('startDate');
  return (a.phase === PHASES.over ? dates('endDate') : 0) || started || byKey(a.statement, b.statement);
}

const byKey = (a: Statement, b: Statement): number =>
  compare(a.key ?? '', b.key ?? '') || compare(a.recordId, b.recordId);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether an employment is over at a moment: ended, taken back or removed. */
export const isOver = (statement: Statement, timeZone: string, at: Date): boolean =>
  standing(statement, timeZone, at).phase === PHASES.over;

/** Whether a statement, of whatever source, says only that an employment is over. */
export function isLeaver({ person, fieldTimes }: Pick<Statement, 'person' | 'fieldTimes'>, at: Date): boolean {
  const timeZone = person.timeZone ?? 'UTC';
  const fixed = {
    sourceId: '',
    kind: 'hrms',
    rank: 0,
    recordId: '',
    recordVersion: 0,
    disputed: {},
    missing: null,
  } as const;
  return isOver(asItCounts({ ...fixed, person, fieldTimes, removed: false }, timeZone), timeZone, at);
}

/** Who is missing in the source's list is away until the list names the person again. */
function standing(statement: Statement, timeZone: string, at: Date): Employment {
  const { person, removed, missing } = statement;
  const { status = null, startDate = null, endDate = null, leaveStartDate = null, leaveEndDate = null } = person;
  const facts = { status, startDate, endDate, leaveStartDate, leaveEndDate, timeZone, removed };
  const { state, dueAt } = computeState(
    {
      ...facts,
      hireTakenBack: takesHireBack(statement),
      missing: null,
      absence: { graceDays: null, becomes: 'terminated' },
      override: null,
      isProtected: false,
      current: null,
      purgeAfterDays: null,
    },
    at,
  );
  const phase = PHASE_OF[state] ?? PHASES.away;
  return { statement, phase: missing !== null && phase === PHASES.works ? PHASES.away : phase, changesAt: dueAt };
}

const PHASE_OF: Readonly<Partial<Record<string, Phase>>> = {
  active: PHASES.works,
  staged: PHASES.ahead,
  terminated: PHASES.over,
};
