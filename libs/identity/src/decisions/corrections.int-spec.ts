import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Refusal } from '@tenure/platform';
import { BY, People } from '../statement/people.fixture.js';
import type { StatementOutcome } from '../statement/identities.js';
import type { Source } from '../model/source.entity.js';

describe('what admins say of people', () => {
  let people: People;
  let hr: Source;

  beforeAll(async () => {
    people = await People.start();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    await people.begin('2026-03-02T12:00:00Z');
    hr = await people.source('hrms');
  });

  const create = (attributes: object): Promise<StatementOutcome> =>
    people.inTenant((tx) => people.corrections.create(tx, BY, { ...attributes }));
  const correct = (id: string, attributes: object): Promise<StatementOutcome> =>
    people.inTenant((tx) => people.corrections.correct(tx, BY, id, { ...attributes }));

  it('makes a person whom no system knows', async () => {
    const { identityId } = await create({ userName: 'break-glass', displayName: 'Break glass' });
    expect(await people.identity(identityId)).toMatchObject({ state: 'active', userName: 'break-glass' });
  });

  it('is asked about when it is somebody whom a system knows', async () => {
    await people.say(hr, '1', { employeeNumber: '1', email: 'ada@example.com' });
    expect(await create({ employeeNumber: '2', email: 'ada@example.com' })).toMatchObject({ outcome: 'unresolved' });
    expect(await people.cases()).toHaveLength(1);
  });

  it('wins over the sources, says nothing of employment, and is given up again', async () => {
    const { identityId } = await people.say(hr, '1', { employeeNumber: '1', title: 'Clerk', department: 'Sales' });
    const id = identityId ?? '';
    await correct(id, { title: 'Chief Clerk', department: 'IT' });
    expect(await people.identity(id)).toMatchObject({ attributes: { title: 'Chief Clerk', department: 'IT' } });
    people.platform.clock.moveTo('2026-03-03T12:00:00Z');
    await correct(id, { title: 'Chief Clerk' });
    expect(await people.identity(id)).toMatchObject({ attributes: { title: 'Chief Clerk', department: 'Sales' } });
    people.platform.clock.moveTo('2026-03-04T12:00:00Z');
    await people.say(hr, '1', { status: 'terminated' });
    expect(await people.identity(id)).toMatchObject({ state: 'terminated' });
    expect(await people.everybody()).toHaveLength(1);
  });

  it('is one source, however many admins begin at once', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, n) => create({ userName: `service-${n}` })));
    const sources = await people.inTenant((tx) =>
      tx.query("SELECT FROM sources WHERE tenant_id = $1 AND kind = 'admin'", [people.tenantId]),
    );
    expect(sources).toHaveLength(1);
  });

  it('is refused with each mistake, and for nobody', async () => {
    const refused = create({ startDate: '2026-02-29', timeZone: 'Europe/Atlantis', colour: 'red' });
    const faults = await refused.catch((error: unknown) => (error as Refusal).faults);
    expect(faults).toMatchObject([{ path: 'startDate' }, { path: 'timeZone' }, { path: 'colour' }]);
    await expect(correct(newId(), {})).rejects.toMatchObject({ code: 'identity_not_found' });
  });
});
