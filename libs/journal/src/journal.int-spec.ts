import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog, lookNow, newId, Timers, type Timer, type Tx } from '@tenure/platform';
import { startTestPlatform, type TestPlatform } from '../../../test/support/platform.js';
import { eventually } from '../../../test/support/eventually.js';
import { appendFacts } from './append-facts.js';
import { appendFact, payloadDigest } from './append.js';
import { JournalEntry, JournalPayload } from './journal.entity.js';
import { numberJournalEntries } from './number-entries.js';

const BY = { actor: 'clock', door: 'clock' } as const;
const REFUSED = { code: '42501' };

describe('the journal', () => {
  let platform: TestPlatform;
  let tenantId: string;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    ({ tenantId } = await platform.tenant());
  });

  const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => platform.database.transaction(tenantId, work);
  const append = (tx: Tx, subjectId = newId(), payload: unknown = { name: 'Ada' }): Promise<string> =>
    appendFact(tx, BY, new Date(), { verb: 'identity.joined', subjectKind: 'identity', subjectId, payload });
  const entries = (): Promise<JournalEntry[]> =>
    inTenant((tx) => tx.repository(JournalEntry).find({ where: { tenantId }, order: { position: 'ASC' } }));
  const number = (): Promise<void> => lookNow(platform.database, numberJournalEntries);

  it('E15: counts the revisions of a subject without gaps, however many write at once, by either function', async () => {
    const [ada, ben] = [newId(), newId()];
    const fact = (subjectId: string) =>
      ({ verb: 'identity.joined', subjectKind: 'identity', subjectId, payload: { name: 'Ada' } }) as const;
    await Promise.all(
      Array.from({ length: 25 }, (_, nth) => [
        inTenant((tx) => append(tx, nth % 2 === 0 ? ada : ben)),
        inTenant((tx) =>
          appendFacts(tx, BY, new Date(), nth % 2 === 0 ? [fact(ada), fact(ben)] : [fact(ben), fact(ada)]),
        ),
      ]).flat(),
    );
    const seen = await entries();
    for (const [subject, many] of [
      [ada, 25 + 13],
      [ben, 25 + 12],
    ] as const) {
      const revisions = seen.filter(({ subjectId }) => subjectId === subject).map(({ revision }) => revision);
      expect(revisions.sort((a, b) => a - b)).toEqual(Array.from({ length: many }, (_, index) => index + 1));
    }
  });

  it('keeps the digest when a payload is erased, and the digest still proves what was told', async () => {
    const id = await inTenant((tx) => append(tx, newId(), { email: 'ada@example.com' }));
    const [payload] = await inTenant((tx) => tx.repository(JournalPayload).findBy({ tenantId, journalId: id }));
    await inTenant((tx) => tx.repository(JournalPayload).delete({ tenantId, journalId: id }));

    const [entry] = await entries();
    expect(entry?.digest).toEqual(payloadDigest(payload!.salt, payload!.body));
    expect(entry?.digest).not.toEqual(payloadDigest(payload!.salt, { email: 'eve@example.com' }));
    expect(await inTenant((tx) => tx.repository(JournalPayload).countBy({ tenantId }))).toBe(0);
  });

  it.each([
    ['change an entry', "UPDATE journal SET verb = 'identity.left'"],
    ['number an entry', 'UPDATE journal SET position = 1'],
    ['remove an entry', 'DELETE FROM journal'],
    ['change a payload', "UPDATE journal_payloads SET body = '{}'"],
    ['move the head', 'UPDATE journal_heads SET position = 9'],
  ])('does not let the application %s', async (_, statement) => {
    await inTenant((tx) => append(tx));
    await expect(inTenant((tx) => tx.query(statement))).rejects.toMatchObject(REFUSED);
  });

  it.each([
    ['change anything else', "UPDATE journal SET verb = 'identity.left'"],
    ['remove an entry', 'DELETE FROM journal'],
  ])('lets the system set positions, and not %s', async (_, statement) => {
    await inTenant((tx) => append(tx));
    await expect(platform.database.asSystem((tx) => tx.query(statement))).rejects.toMatchObject(REFUSED);
  });

  it('numbers an entry that commits late after those that were numbered before, and skips none', async () => {
    let commitLate = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => (commitLate = resolve));
    let late = '';
    let isWritten = (): void => undefined;
    const written = new Promise<void>((resolve) => (isWritten = resolve));
    const lateCommit = inTenant(async (tx) => {
      late = await append(tx);
      isWritten();
      await mayCommit;
    });
    await written;
    const early = await inTenant((tx) => append(tx));
    await number();
    expect((await entries()).map(({ id, position }) => [id, position])).toEqual([[early, '1']]);

    commitLate();
    await lateCommit;
    const last = await inTenant((tx) => append(tx));
    await number();
    expect((await entries()).map(({ id, position }) => [id, position])).toEqual([
      [early, '1'],
      [late, '2'],
      [last, '3'],
    ]);
  });

  it('numbers densely per tenant while many write and two processes number', async () => {
    const timer: Timer = { ...numberJournalEntries, everyMs: 5 };
    const processes = [1, 2].map(() => new Timers(platform.database, createLog('spec', 'silent')));
    for (const timers of processes) timers.start([timer]);
    const other = await platform.tenant();
    await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        platform.database.transaction(index % 3 === 0 ? other.tenantId : tenantId, (tx) => append(tx)),
      ),
    );
    const mine = await eventually(entries, (all) => all.every(({ position }) => position !== null));
    await Promise.all(processes.map((timers) => timers.stop()));
    expect(mine.map(({ position }) => Number(position))).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
  });
});
