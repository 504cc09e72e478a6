import { describe, expect, it } from '@jest/globals';
import { assembleTrace, type TracedEntry, type TraceFacts } from './assemble-trace.js';
import type { Operation } from './operation.entity.js';

const AT = new Date('2026-11-26T12:00:00Z');
const operation = (more: Partial<Operation> = {}): Operation =>
  ({
    ...{ id: 'o1', at: AT, kind: 'create', outcome: 'succeeded', diff: ['login'], attempt: 1, remedy: null, ms: 7 },
    ...{ applicationId: 'app', accountId: 'a1', entitlementId: null, identityId: 'i1', desiredVersion: '3' },
    ...{ committedAt: AT, because: [], exchanges: [{ request: 'POST /Users', status: '201', ms: 5 }] },
    ...more,
  }) as unknown as Operation;
const entry = (id: string, origins: TracedEntry['origins'] = null): TracedEntry => ({
  ...{
    id,
    at: AT,
    actor: 'source:hr',
    door: 'hrms',
    verb: 'identity.joined',
    subjectKind: 'identity',
    subjectId: 'i1',
  },
  ...{ revision: 1, requestId: 'r', cause: null, origins },
});
const origin = (recordId: string | null) => ({ sourceId: 's', recordId, recordVersion: 2, since: '2026-11-26' });
const trace = (facts: Partial<TraceFacts>) =>
  assembleTrace({ operation: operation(), entries: [], policyVersions: new Map(), looks: [], ...facts });

describe('assembleTrace', () => {
  it('goes from the record to the read-back', () => {
    const because = [{ grantId: 'g', policyId: 'p', policyVersion: 4, requestId: null, ended: null }];
    const steps = trace({
      operation: operation({ because }),
      entries: [entry('later'), entry('first', { email: origin('r1'), title: origin('r1'), manager: origin(null) })],
      policyVersions: new Map([['p:4', AT]]),
      looks: [{ id: 'o2', at: AT, outcome: 'succeeded', exchanges: [], ms: 2 }],
    });
    expect(steps.map(({ step }) => step)).toEqual([
      ...['source_record', 'journal', 'journal', 'grant', 'desired', 'plan', 'call', 'read_back'],
    ]);
    expect(steps).toMatchObject([
      { recordId: 'r1', recordVersion: 2, attributes: ['email', 'title'] },
      { id: 'first' },
      { id: 'later' },
      { grantId: 'g', policyVersion: 4, at: AT },
      { desiredVersion: 3, at: AT },
      { kind: 'create', diff: ['login'] },
      { exchange: { request: 'POST /Users' }, outcome: 'succeeded' },
      { operationId: 'o2' },
    ]);
  });

  it('has a call also where nothing was exchanged', () => {
    expect(
      trace({ operation: operation({ exchanges: [], outcome: 'retryable', remedy: 'wait' }) }).at(-1),
    ).toMatchObject({
      step: 'call',
      exchange: null,
      remedy: 'wait',
    });
  });
});
