import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Refusal } from '@tenure/platform';
import { BY, People } from '../statement/people.fixture.js';
import type { Source } from '../model/source.entity.js';

describe('a tenant’s own rules', () => {
  let people: People;
  let hr: Source;
  let idp: Source;

  beforeAll(async () => {
    people = await People.start();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    await people.begin('2026-03-02T12:00:00Z');
    hr = await people.source('hrms');
    idp = await people.source('scim');
  });

  const change = (value: object): Promise<{ version: number }> =>
    people.inTenant((tx) => people.rules.change(tx, BY, value));
  const EXACT = { kind: 'exact', name: 'person id', record: 'custom.personId', identity: 'custom.personId' };

  it('correlate by a custom attribute at once, also people who were known before', async () => {
    const ada = await people.say(hr, '1', { employeeNumber: '1', custom: { personId: 4711 } });
    await change({ correlation: [EXACT] });
    const told = await people.say(idp, newId(), { userName: 'ada', custom: { personId: '4711' } });
    expect(told.identityId).toBe(ada.identityId);
  });

  it('find a person by the custom attribute as it is now, not as it was', async () => {
    await change({ correlation: [EXACT] });
    await people.say(hr, '1', { employeeNumber: '1', custom: { personId: 'old' } });
    people.platform.clock.moveTo('2026-03-03T12:00:00Z');
    await people.say(hr, '1', { custom: { personId: 'new' } });
    expect((await people.say(idp, newId(), { custom: { personId: 'old' } })).outcome).toBe('created');
  });

  it('score people of one name: certain is linked, near is asked with the score', async () => {
    await change({
      correlation: [
        {
          kind: 'score',
          name: 'name and start',
          among: 'name',
          score: 'record.startDate == identity.startDate ? 1.0 : 0.6',
          linkFrom: 0.9,
          askFrom: 0.5,
        },
      ],
    });
    const ada = await people.say(hr, '1', {
      employeeNumber: '1',
      givenName: 'Zoë',
      familyName: 'Müller-Łoś',
      startDate: '2026-01-07',
    });
    const sure = await people.say(idp, newId(), {
      givenName: 'Zoe',
      familyName: 'Muller Los',
      startDate: '2026-01-07',
    });
    expect(sure.identityId).toBe(ada.identityId);
    const csv = await people.source('csv');
    const unsure = await people.say(csv, 'x', { givenName: 'Zoe', familyName: 'Muller Los', startDate: '2026-02-01' });
    expect(unsure).toMatchObject({ outcome: 'unresolved', identityId: null });
    const [open] = await people.cases();
    expect(open?.details).toMatchObject({
      candidates: [{ identityId: ada.identityId, rule: 'name and start', score: 0.6 }],
    });
  });

  it('apply to everybody from then on: another order of sources changes values and lineage, not the identity', async () => {
    const { identityId } = await people.say(hr, '1', { employeeNumber: '1', email: 'ada@example.com', title: 'Clerk' });
    await people.say(idp, newId(), { email: 'ada@example.com', title: 'Chief Clerk' });
    expect(await people.identity(identityId)).toMatchObject({ attributes: { title: 'Clerk' } });
    await change({ merge: { title: { strategy: 'first_non_empty', order: ['scim'] } } });
    await people.settleEverybody();
    const after = await people.identity(identityId);
    expect(after.attributes.title).toBe('Chief Clerk');
    expect(after.lineage.title).toMatchObject({ sourceId: idp.id });
    expect(await people.everybody()).toHaveLength(1);
  });

  it('weigh anew what waits, once they are set', async () => {
    await change({ reactions: { scim: { unmatched: 'ask' } } });
    const waiting = await people.say(idp, newId(), { email: 'ada@example.com' });
    expect(waiting.outcome).toBe('unresolved');
    await change({ reactions: {} });
    await people.settleEverybody();
    expect(await people.everybody()).toHaveLength(1);
    expect(await people.cases()).toEqual([]);
  });

  it('are refused when a key would make one person of two, and say which', async () => {
    const one = await people.say(hr, '1', { employeeNumber: '1', custom: { team: 'red' } });
    const two = await people.say(hr, '2', { employeeNumber: '2', custom: { team: 'red' } });
    const refused = change({
      correlation: [{ kind: 'exact', name: 'team', record: 'custom.team', identity: 'custom.team' }],
    });
    await expect(refused).rejects.toMatchObject({ code: 'settings_invalid' });
    const faults = await refused.catch((error: unknown) => (error as Refusal).faults);
    expect(faults).toEqual([
      {
        path: 'correlation.0.identity',
        message: expect.stringContaining(`${one.identityId ?? ''} and ${two.identityId ?? ''}`),
      },
    ]);
  });

  it('let a failing expression fall back, and ask about it', async () => {
    await change({ merge: { title: { strategy: 'expression', expression: 'string(hrms.custom.level + 1)' } } });
    const { identityId } = await people.say(hr, '1', {
      employeeNumber: '1',
      title: 'Clerk',
      custom: { level: 'three' },
    });
    expect(await people.identity(identityId)).toMatchObject({ attributes: { title: 'Clerk' } });
    expect(await people.cases()).toEqual([
      expect.objectContaining({ kind: 'merge', topic: 'merge:title', subjectId: identityId }),
    ]);
    people.platform.clock.moveTo('2026-03-03T12:00:00Z');
    await people.say(hr, '1', { custom: { level: 3 } });
    expect(await people.identity(identityId)).toMatchObject({ attributes: { title: '4' } });
    expect(await people.cases()).toEqual([]);
  });

  it('erase what is known when the time of retention is over', async () => {
    await change({ purgeAfterDays: 30 });
    await people.settleEverybody();
    const { identityId } = await people.say(hr, '1', {
      employeeNumber: '1',
      email: 'ada@example.com',
      custom: { personId: 'p' },
    });
    people.platform.clock.moveTo('2026-03-03T12:00:00Z');
    await people.say(hr, '1', { status: 'terminated' });
    await people.moveTo('2026-04-02T12:00:00Z');
    expect(await people.identity(identityId)).toMatchObject({
      state: 'purged',
      attributes: {},
      lineage: {},
      email: null,
      emailKey: null,
      employeeNumber: null,
      dueAt: null,
    });
    expect(await people.records()).toEqual([]);
    expect(
      await people.inTenant((tx) => tx.query('SELECT FROM identity_keys WHERE tenant_id = $1', [people.tenantId])),
    ).toEqual([]);
    const told = await people.inTenant((tx) =>
      tx.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM journal_payloads p JOIN journal j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
         WHERE j.tenant_id = $1 AND j.subject_id = $2 AND p.body::text LIKE '%ada%'`,
        [people.tenantId, identityId],
      ),
    );
    expect(told).toEqual([{ n: 0 }]);
    // Whom HR speaks of again is a new person to us.
    expect((await people.say(hr, '1', { employeeNumber: '1', status: 'active' })).identityId).not.toBe(identityId);
  });
});
