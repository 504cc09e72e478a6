import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { BY, People } from '../statement/people.fixture.js';
import type { Source } from '../model/source.entity.js';

const ADA = { employeeNumber: '1', email: 'ada@example.com', department: 'Sales' };

describe('what a person decides about records', () => {
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

  const link = (recordId: string, identityId: string): Promise<unknown> =>
    people.inTenant((tx) => people.links.link(tx, BY, recordId, identityId));
  const unlink = (recordId: string): Promise<{ identityId: string }> =>
    people.inTenant((tx) => people.links.unlink(tx, BY, recordId));

  describe('a record that may be somebody’s', () => {
    it('opens a case with the candidates, and closes it when it is linked', async () => {
      const { identityId } = await people.say(hr, '1', ADA);
      const csv = await people.source('csv');
      const waiting = await people.say(csv, 'x', { employeeNumber: '2', email: ADA.email });
      expect(await people.cases()).toEqual([
        expect.objectContaining({
          kind: 'correlation',
          subjectId: waiting.recordId,
          details: { situation: 'collision', candidates: [{ identityId, rule: 'e-mail address', score: 1 }] },
        }),
      ]);
      await link(waiting.recordId, identityId ?? '');
      expect(await people.cases()).toEqual([]);
      expect((await people.cases('resolved')).map(({ resolution }) => resolution)).toEqual([{ identityId }]);
      expect((await people.records()).map((record) => [record.identityId, record.unresolved])).toEqual([
        [identityId, null],
        [identityId, null],
      ]);
    });

    it('is somebody of its own when a person says so', async () => {
      const { identityId } = await people.say(hr, '1', ADA);
      const csv = await people.source('csv');
      const waiting = await people.say(csv, 'x', { employeeNumber: '2', email: ADA.email });
      const own = await unlink(waiting.recordId);
      expect(own.identityId).not.toBe(identityId);
      expect(await people.identity(own.identityId)).toMatchObject({ employeeNumber: '2', state: 'active' });
      expect(await people.verbs(own.identityId)).toEqual(['identity.joined']);
      expect(await people.cases()).toEqual([]);
    });

    it('waits too when its number is one’s and its address another’s', async () => {
      await people.say(hr, '1', { employeeNumber: '1' });
      await people.say(idp, newId(), { email: 'ada@example.com' });
      const csv = await people.source('csv');
      expect(await people.say(csv, 'x', ADA)).toMatchObject({ outcome: 'unresolved' });
      const [open] = await people.cases();
      expect(open?.details).toMatchObject({ situation: 'ambiguous', candidates: [{ score: 1 }, { score: 1 }] });
    });

    it('is weighed anew at once when what was in doubt is corrected', async () => {
      await people.say(hr, '1', ADA);
      const csv = await people.source('csv');
      const waiting = await people.say(csv, 'x', { employeeNumber: '2', email: ADA.email });
      await people.say(hr, '1', { email: 'ada.l@example.com' });
      const told = await people.inTenant((tx) => people.links.retry(tx, BY, waiting.recordId));
      expect(told).toMatchObject({ outcome: 'unchanged' });
      expect(await people.identity(told.identityId)).toMatchObject({ email: ADA.email, employeeNumber: '2' });
      expect(await people.cases()).toEqual([]);
      expect(await people.verbs(waiting.recordId)).toEqual(['source_record.retried']);
    });
  });

  describe('a linked record whose number becomes another’s', () => {
    it('keeps its link; the number is disputed, and everything else counts', async () => {
      const other = await people.say(hr, '1', ADA);
      const csv = await people.source('csv');
      const mine = await people.say(csv, 'x', { email: 'eve@example.com' });
      const told = await people.say(csv, 'x', { employeeNumber: '1', title: 'Engineer', status: 'terminated' });
      expect(told).toMatchObject({ outcome: 'changed', identityId: mine.identityId });
      expect(told.reason).toContain('belongs to another identity');
      const eve = await people.identity(mine.identityId);
      expect(eve).toMatchObject({ employeeNumber: null, state: 'terminated', attributes: { title: 'Engineer' } });
      const [open] = await people.cases();
      expect(open).toMatchObject({ kind: 'disputed', topic: 'employeeNumber', subjectId: mine.recordId });
      expect(open?.details).toMatchObject({ candidates: [{ identityId: other.identityId }] });
    });

    it('has the number once the other one gives it up, and the case is closed', async () => {
      await people.say(hr, '1', ADA);
      const csv = await people.source('csv');
      const mine = await people.say(csv, 'x', { email: 'eve@example.com' });
      await people.say(csv, 'x', { employeeNumber: '1' });
      await people.say(hr, '1', { employeeNumber: '9' });
      await people.inTenant((tx) => people.links.retry(tx, BY, mine.recordId));
      expect(await people.identity(mine.identityId)).toMatchObject({ employeeNumber: '1' });
      expect(await people.cases()).toEqual([]);
    });
  });

  describe('a record that was given to the wrong person', () => {
    it('is taken off and given back without a trace in the other’s values', async () => {
      const ada = await people.say(hr, '1', ADA);
      const login = await people.say(idp, newId(), { email: ADA.email, title: 'Engineer' });
      expect(login.identityId).toBe(ada.identityId);
      expect(await people.identity(ada.identityId)).toMatchObject({ attributes: { title: 'Engineer' } });
      const own = await unlink(login.recordId);
      expect((await people.identity(ada.identityId)).attributes).not.toHaveProperty('title');
      expect(await people.identity(own.identityId)).toMatchObject({ attributes: { title: 'Engineer' } });
      // What the source says next stays where the person put it, although the address is still Ada's.
      await people.say(idp, (await people.records()).find(({ id }) => id === login.recordId)?.key ?? '', {
        title: 'Chief',
      });
      expect(await people.identity(own.identityId)).toMatchObject({ attributes: { title: 'Chief' } });
      expect(await link(login.recordId, ada.identityId ?? '')).toEqual({
        identityId: ada.identityId,
        emptied: own.identityId,
      });
      expect(await people.identity(ada.identityId)).toMatchObject({ attributes: { title: 'Chief' } });
      expect(await people.identity(own.identityId)).toMatchObject({ mergedInto: ada.identityId, state: 'terminated' });
    });

    it('is not taken off when the identity would have none left', async () => {
      const ada = await people.say(hr, '1', ADA);
      await expect(unlink(ada.recordId)).rejects.toMatchObject({ code: 'only_record' });
    });

    it('is not given to an identity that was merged away, and not to nobody', async () => {
      const ada = await people.say(hr, '1', ADA);
      const bob = await people.say(hr, '2', { employeeNumber: '2' });
      const cy = await people.say(hr, '3', { employeeNumber: '3' });
      await people.inTenant((tx) =>
        people.merges.merge(tx, BY, {
          survivorId: ada.identityId ?? '',
          otherId: bob.identityId ?? '',
          reason: 'the same',
        }),
      );
      await expect(link(cy.recordId, bob.identityId ?? '')).rejects.toMatchObject({ code: 'identity_merged' });
      await expect(link(cy.recordId, newId())).rejects.toMatchObject({ code: 'identity_not_found' });
    });
  });

  describe('two identities that are one person', () => {
    it('become one: the records move, the older values stay where they are better believed', async () => {
      const ada = await people.say(hr, '1', ADA);
      const other = await people.say(idp, newId(), {
        email: 'a.lovelace@example.com',
        title: 'Countess',
        department: 'Poetry',
      });
      await people.inTenant((tx) =>
        people.merges.merge(tx, BY, {
          survivorId: ada.identityId ?? '',
          otherId: other.identityId ?? '',
          reason: 'the same',
        }),
      );
      const merged = await people.identity(ada.identityId);
      expect(merged.attributes).toMatchObject({ email: ADA.email, department: 'Sales', title: 'Countess' });
      expect(merged.lineage.title).toMatchObject({ sourceId: idp.id, recordId: other.recordId, recordVersion: 2 });
      expect(await people.identity(other.identityId)).toMatchObject({
        mergedInto: ada.identityId,
        state: 'terminated',
        emailKey: null,
        attributes: {},
      });
      expect(await people.verbs(other.identityId ?? '')).toEqual([
        'identity.joined',
        'identity.merged_away',
        'identity.left',
      ]);
      // The address of the one that is gone leads to the survivor now.
      const saml = await people.source('csv');
      expect(await people.say(saml, 'y', { email: ADA.email })).toMatchObject({ identityId: ada.identityId });
    });

    it('are not merged with themselves, nor a protected one away', async () => {
      const ada = await people.say(hr, '1', ADA);
      const bob = await people.say(hr, '2', { employeeNumber: '2' });
      const [survivorId, otherId] = [ada.identityId ?? '', bob.identityId ?? ''];
      const merge = (ids: { survivorId: string; otherId: string }): Promise<void> =>
        people.inTenant((tx) => people.merges.merge(tx, BY, { ...ids, reason: 'the same' }));
      await expect(merge({ survivorId, otherId: survivorId })).rejects.toMatchObject({ code: 'same_identity' });
      await people.inTenant((tx) => people.overrides.protect(tx, BY, otherId, 'break glass'));
      await expect(merge({ survivorId, otherId })).rejects.toMatchObject({ code: 'identity_protected' });
    });
  });
});
