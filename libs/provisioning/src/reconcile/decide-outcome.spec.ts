import { describe, expect, it } from '@jest/globals';
import { ConnectorError, REMEDIES, type ErrorClass, type ObservedAccount } from '@tenure/connectors';
import type { LeasedAccount } from '../backlog/account-leases.js';
import { InternalFault, WritingStopped } from '../attempt/attempt.js';
import { decideOutcome } from './decide-outcome.js';
import type { AccountResult } from './reconcile-account.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const SEEN: ObservedAccount = { id: 'r1', enabled: true, attributes: { login: 'ada' } };
const leased = (more: Partial<LeasedAccount> = {}): LeasedAccount => ({
  id: 'a1',
  identityId: 'ada',
  desired: { enabled: true, attributes: { login: 'ada' } },
  desiredVersion: '7',
  desiredAt: NOW,
  cause: null,
  because: [],
  observed: null,
  remoteId: null,
  attempts: 0,
  lookFirst: false,
  owed: false,
  names: {},
  asked: {},
  fence: '3',
  ...more,
});
const failed = (errorClass: ErrorClass, observed: ObservedAccount | null = null): AccountResult => ({
  kind: 'failed',
  error: new ConnectorError(errorClass, 'no'),
  observed,
});
const stopped = (midway: boolean): AccountResult => ({
  kind: 'failed',
  error: new WritingStopped(midway),
  observed: null,
});
const outcome = (account: LeasedAccount, result: AccountResult): ReturnType<typeof decideOutcome> =>
  decideOutcome(account, result, { mode: 'enforce', settleMs: 2_000, now: NOW, random: 0.5, rest: false });

describe('decideOutcome', () => {
  it('notes which version is applied, by which lease, and what was seen', () => {
    expect(outcome(leased({ attempts: 4, lookFirst: true }), { kind: 'applied', observed: SEEN })).toEqual({
      id: 'a1',
      fence: '3',
      ofVersion: '7',
      appliedVersion: '7',
      applied: { enabled: true, attributes: { login: 'ada' } },
      observed: SEEN,
      remoteId: 'r1',
      state: 'active',

      delayMs: 0,
      settleMs: 0,
      attempts: 0,
      lookFirst: false,
      note: null,
      error: null,
      plan: null,
    });
  });

  it('calls an account disabled that must not be usable, or never was, and one that is gone deleted', () => {
    const account = leased({ desired: { enabled: false, attributes: {} }, remoteId: 'r1' });
    expect(outcome(account, { kind: 'applied', observed: { ...SEEN, enabled: false } })).toMatchObject({
      state: 'disabled',
      remoteId: 'r1',
    });
    expect(outcome(account, { kind: 'applied', observed: null })).toMatchObject({ state: 'deleted', remoteId: null });
    const never = { ...account, remoteId: null };
    expect(outcome(never, { kind: 'applied', observed: null })).toMatchObject({ state: 'disabled', remoteId: null });
  });

  it.each(['observe', 'add_only'] as const)(
    'E8: parks what is owed to a leave that the mode %s does not carry out',
    (mode) => {
      const terms = { mode, settleMs: 0, now: NOW, random: 0, rest: false };
      const parked = decideOutcome(leased({ owed: true }), { kind: 'applied', observed: SEEN }, terms);
      expect(parked).toMatchObject({ state: 'withheld', appliedVersion: '7', plan: [{ kind: 'leave' }] });
      expect(decideOutcome(leased(), { kind: 'applied', observed: SEEN }, terms)).toMatchObject({ state: 'active' });
    },
  );

  it.each<[string, unknown, object]>([
    [
      'counts a defect of ours, and looks first',
      new TypeError('x is undefined'),
      { state: 'pending', attempts: 4, lookFirst: true },
    ],
    [
      'counts no try while our own database is away',
      Object.assign(new Error('down'), { code: 'ECONNREFUSED' }),
      { state: 'pending', attempts: 3, delayMs: 1_000, lookFirst: true },
    ],
  ])('%s', (_, cause, expected) => {
    const result: AccountResult = { kind: 'failed', error: new InternalFault(cause), observed: null };
    expect(outcome(leased({ attempts: 3 }), result)).toMatchObject(expected);
  });

  it('keeps what the mode withholds, and tries nothing until something changes', () => {
    const plan = [{ kind: 'disable', change: { enabled: false } }] as const;
    const kept = outcome(leased({ remoteId: 'r1' }), { kind: 'withheld', observed: SEEN, plan });
    expect(kept).toMatchObject({ state: 'withheld', plan, remoteId: 'r1', error: null });
    expect(kept.appliedVersion).toBeUndefined();
  });

  it.each<[string, LeasedAccount, AccountResult, object]>([
    [
      'tries again what may get better',
      leased(),
      failed('retryable'),
      { state: 'pending', delayMs: 750, attempts: 1, lookFirst: false },
    ],
    ['counts on', leased({ attempts: 3 }), failed('retryable'), { attempts: 4, delayMs: 6_000 }],
    ['gives up in the end', leased({ attempts: 11 }), failed('retryable'), { state: 'failed', attempts: 12 }],
    [
      'gives up at once what no try can help',
      leased(),
      failed('invalid'),
      { state: 'failed', attempts: 1, delayMs: 0 },
    ],
    [
      'does not count what says nothing of the account',
      leased({ attempts: 3 }),
      failed('rate_limited'),
      { state: 'pending', attempts: 3, delayMs: 5_000 },
    ],
    [
      'waits as it is while writing is stopped',
      leased({ attempts: 3 }),
      stopped(false),
      { state: 'pending', attempts: 3, delayMs: 0, lookFirst: false },
    ],
    ['looks first when writing was stopped between two calls', leased(), stopped(true), { lookFirst: true }],
    [
      'looks first after an unknown outcome',
      leased(),
      failed('outcome_unknown'),
      { state: 'pending', lookFirst: true, delayMs: 2_000 },
    ],
    [
      'goes on looking first while no look got through',
      leased({ lookFirst: true }),
      failed('retryable'),
      { lookFirst: true },
    ],
    [
      'keeps to look first also for whoever retries what failed',
      leased({ lookFirst: true }),
      failed('invalid'),
      { state: 'failed', lookFirst: true },
    ],
    [
      'keeps the account’s id when a change fails',
      leased({ remoteId: 'r1', observed: SEEN }),
      failed('retryable', SEEN),
      { remoteId: 'r1', observed: SEEN },
    ],
    [
      'keeps the account’s id when nothing was seen',
      leased({ remoteId: 'r1' }),
      failed('retryable'),
      { remoteId: 'r1' },
    ],
    [
      'keeps the id of an account that was found before the failure',
      leased(),
      failed('retryable', SEEN),
      { remoteId: 'r1' },
    ],
    [
      'forgets the id of an account that is gone, and looks for another',
      leased({ remoteId: 'r1', observed: SEEN }),
      failed('not_found'),
      { remoteId: null, observed: null, lookFirst: true, state: 'pending' },
    ],
  ])('%s', (_, account, result, expected) => {
    expect(outcome(account, result)).toMatchObject(expected);
    expect(outcome(account, result).appliedVersion).toBeUndefined();
  });

  it('says what went wrong, when, and what a person can do about it', () => {
    expect(outcome(leased(), failed('forbidden')).error).toEqual({
      class: 'forbidden',
      message: 'no',
      remedy: REMEDIES.forbidden,
      at: NOW.toISOString(),
    });
  });
});
