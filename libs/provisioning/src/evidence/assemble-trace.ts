import type { Because } from '@tenure/applications';
import type { Operation } from './operation.entity.js';

/** One step on the way from what a source said to what was read back; told by ids. */
export interface TraceStep {
  readonly step: 'source_record' | 'journal' | 'grant' | 'desired' | 'plan' | 'call' | 'read_back';
  readonly at: Date | string | null;
  readonly [detail: string]: unknown;
}

/** An entry that the operation follows from. */
export interface TracedEntry {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly door: string;
  readonly verb: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  /** The how-manieth change of the subject it is. */
  readonly revision: number;
  readonly requestId: string | null;
  readonly cause: string | null;
  /** Attribute → where its value came from. */
  readonly origins: Readonly<
    Record<string, { sourceId: string | null; recordId: string | null; recordVersion: number | null; since: string }>
  > | null;
}

export interface TraceFacts {
  readonly operation: Operation;
  /** The latest first. */
  readonly entries: readonly TracedEntry[];
  /** When each policy version was made, by `policyId:version`. */
  readonly policyVersions: ReadonlyMap<string, Date>;
  /** Looks at the same account and version that followed. */
  readonly looks: readonly Pick<Operation, 'id' | 'at' | 'outcome' | 'exchanges' | 'ms'>[];
}

/** The whole way of one operation, in its order: what is not kept any more, or never was, is not there. */
export function assembleTrace({ operation, entries, policyVersions, looks }: TraceFacts): TraceStep[] {
  const inOrder = [...entries].reverse();
  return [
    ...inOrder.flatMap(recordSteps),
    ...inOrder.map(({ origins: _, ...entry }): TraceStep => ({ step: 'journal', ...entry })),
    ...operation.because.map((because) => grantStep(because, policyVersions)),
    desiredStep(operation),
    { step: 'plan', at: operation.at, kind: operation.kind, diff: operation.diff },
    ...callSteps(operation),
    ...looks.map(({ id, ...look }): TraceStep => ({ step: 'read_back', operationId: id, ...look })),
  ];
}

/** Each record once, with the attributes whose values it gave. */
function recordSteps({ origins }: TracedEntry): TraceStep[] {
  const byRecord = new Map<string, { step: TraceStep; attributes: string[] }>();
  for (const [attribute, { sourceId, recordId, recordVersion, since }] of Object.entries(origins ?? {})) {
    if (recordId === null) continue;
    const known = byRecord.get(recordId);
    if (known) known.attributes.push(attribute);
    else {
      const attributes = [attribute];
      byRecord.set(recordId, {
        attributes,
        step: { step: 'source_record', at: since, recordId, sourceId, recordVersion, attributes },
      });
    }
  }
  return [...byRecord.values()].map(({ step }) => step);
}

const grantStep = (because: Because, policyVersions: TraceFacts['policyVersions']): TraceStep => ({
  step: 'grant',
  at: policyVersions.get(`${because.policyId ?? ''}:${because.policyVersion ?? ''}`) ?? null,
  ...because,
});

const desiredStep = ({
  committedAt,
  applicationId,
  accountId,
  entitlementId,
  identityId,
  desiredVersion,
}: Operation): TraceStep => ({
  step: 'desired',
  at: committedAt,
  ...{ applicationId, accountId, entitlementId, identityId },
  desiredVersion: desiredVersion === null ? null : Number(desiredVersion),
});

const callSteps = ({ at, exchanges, outcome, attempt, remedy, ms }: Operation): TraceStep[] =>
  exchanges.length === 0
    ? [{ step: 'call', at, outcome, attempt, remedy, ms, exchange: null }]
    : exchanges.map((exchange) => ({ step: 'call', at, outcome, attempt, remedy, ms: exchange.ms, exchange }));
