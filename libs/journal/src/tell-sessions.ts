import type { Tx } from '@tenure/platform';
import type { EndedSession } from '@tenure/tenancy';
import type { Actor, Fact } from './append.js';
import { appendFacts } from './append-facts.js';

/** Why a session is over: whoever ended it, or the state that the person is in. That its time ran out is no entry. */
type SessionEnd =
  | 'signed_out'
  | 'identity_provider'
  | 'admin'
  | 'replaced'
  | 'connection_off'
  | 'merged'
  | ('staged' | 'suspended' | 'terminated' | 'purged' | 'on_leave');

/** The entry of a login: through which connection, and where it began. */
export const sessionStarted = (
  id: string,
  payload: {
    readonly identityId: string;
    readonly connectionId: string;
    readonly how: 'sp_initiated' | 'idp_initiated';
  },
): Fact => ({ verb: 'session.started', subjectKind: 'session', subjectId: id, payload });

/** Writes the entries of sessions that are over, in the transaction that ended them. */
export const tellSessionsEnded = (
  tx: Tx,
  by: Actor,
  at: Date,
  ended: readonly EndedSession[],
  why: SessionEnd,
): Promise<void> =>
  appendFacts(
    tx,
    by,
    at,
    ended.map(({ id, identityId, connectionId }) => ({
      verb: 'session.ended',
      subjectKind: 'session',
      subjectId: id,
      payload: { identityId, connectionId, why },
    })),
  );
