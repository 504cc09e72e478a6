import { Clock, Database, isUniqueViolation, newId, Refusal, type Tx } from '@tenure/platform';
import { appendFact, LifecycleEvents, type Actor } from '@tenure/journal';
import { readSetting } from '@tenure/tenancy';
import { Entitlement, type EntitlementRef } from '@tenure/applications';
import { ACCESS_SETTINGS_SECTION, readAccessSettings } from '../model/access-settings.js';
import { chooseTerms, offersFor, type Offer } from '../decide/choose-terms.js';
import { carryOutRequest } from './carry-out-request.js';
import { findApprover } from './find-approver.js';
import { getPerson, lockPerson, type Person } from '../store/lock-person.js';
import { PolicyCache } from '../decide/policy-cache.js';
import { AccessRequest, Approval } from '../model/request.entity.js';
import { closeRequest } from '../store/request-store.js';
import { getRequestView, type RequestView } from './request-views.js';
import type { TenantRules } from '../decide/tenant-rules.js';

/** What somebody asks for, for whom and why. */
export interface Wish {
  readonly identityId: string;
  readonly applicationId: string;
  readonly entitlement?: EntitlementRef;
  readonly minutes: number;
  readonly reason: string;
}

/** Something that a person may ask for. */
export interface Requestable {
  readonly applicationId: string;
  readonly application: string;
  readonly entitlement: EntitlementRef | null;
  readonly maxMinutes: number;
  readonly approval: Offer['terms']['approval'];
}

const HOUR_MS = 3_600_000;

/** Access for a time, that people ask for and that a policy, a manager or an owner answers. */
export class Requests {
  private readonly cache = new PolicyCache();

  constructor(
    private readonly database: Database,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  /** Everything that a person may ask for now. */
  async requestable(tenantId: string, identityId: string): Promise<Requestable[]> {
    return this.database.transaction(tenantId, async (tx) => {
      const rules = await this.cache.rules(tx);
      const offers = offersFor(await getPerson(tx, identityId), rules.policies);
      const longest = new Map<string, Requestable>();
      for (const { policyId, applicationId, entitlementId, terms } of offers) {
        const key = `${applicationId}|${entitlementId ?? ''}`;
        if ((longest.get(key)?.maxMinutes ?? 0) >= terms.maxMinutes) continue;
        const named = rules.policiesById.get(policyId)?.grants.flatMap(({ entitlements }) => entitlements) ?? [];
        const found = named.find(({ id }) => id === entitlementId);
        const application = rules.applications.get(applicationId)?.name ?? '';
        const entitlement = found ? { kind: found.kind, name: found.name } : null;
        longest.set(key, { applicationId, application, entitlement, ...terms });
      }
      return [...longest.values()];
    });
  }

  /** Asks. Where the policy answers by itself, the access is given at once. */
  async ask(tenantId: string, by: Actor, wish: Wish): Promise<RequestView> {
    return this.database.transaction(tenantId, async (tx) => {
      const person = await lockPerson(tx, wish.identityId);
      if (person.state !== 'active')
        throw new Refusal('identity_not_active', 'Only somebody who works can ask for access; ask again then.');
      const rules = await this.cache.rules(tx);
      const offer = await this.offerFor(tx, person, wish, rules);
      const request = await this.write(tx, by, wish, offer);
      await this.askApprover(tx, by, request, person, offer);
      return getRequestView(tx, request.id);
    });
  }

  /** Takes a wish back that nobody has answered; only of the person who is named. */
  async cancel(tenantId: string, by: Actor, id: string, identityId: string): Promise<RequestView> {
    return this.database.transaction(tenantId, async (tx) => {
      const request = await tx.repository(AccessRequest).findOneBy({ tenantId, id, identityId });
      if (request?.kind !== 'access') throw requestNotFound(id);
      await lockPerson(tx, identityId);
      const now = this.clock.now();
      const cancelled = await closeRequest(tx, by, request, 'cancelled', 'Taken back by the person who asked.', now);
      const view = await getRequestView(tx, id);
      if (!cancelled && view.state !== 'cancelled') throw decidedAlready(view.state);
      return view;
    });
  }

  private async offerFor(tx: Tx, person: Person, wish: Wish, rules: TenantRules): Promise<Offer> {
    const { applicationId, minutes, entitlement } = wish;
    const found =
      entitlement &&
      (await tx.repository(Entitlement).findOneBy({ tenantId: tx.tenantId, applicationId, ...entitlement }));
    const wanted = { applicationId, minutes, entitlementId: found?.id ?? null };
    const isKnown = entitlement === undefined || found != null;
    const choice = isKnown ? chooseTerms(offersFor(person, rules.policies), wanted) : { kind: 'nothing' as const };
    if (choice.kind === 'offer') return choice.offer;
    if (choice.kind === 'nothing')
      throw new Refusal('not_requestable', 'No policy lets this person ask for that; look at what can be asked for.');
    throw new Refusal('request_too_long', `It can be had for at most ${choice.maxMinutes} minutes.`, [
      { path: 'minutes', message: `must be at most ${choice.maxMinutes}`, suggestion: String(choice.maxMinutes) },
    ]);
  }

  private async write(tx: Tx, by: Actor, wish: Wish, offer: Offer): Promise<AccessRequest> {
    const { settings } = readAccessSettings((await readSetting(tx, ACCESS_SETTINGS_SECTION)).value);
    const id = newId();
    const askedAt = this.clock.now();
    const answerBy = new Date(askedAt.getTime() + settings.requests.answerWithinHours * HOUR_MS);
    const { identityId, minutes, reason } = wish;
    const { policyId, policyVersion, applicationId, entitlementId } = offer;
    try {
      await tx.repository(AccessRequest).insert({
        tenantId: tx.tenantId,
        id,
        identityId,
        kind: 'access',
        policyId,
        policyVersion,
        applicationId,
        entitlementId,
        minutes,
        reason,
        requestedBy: by.actor,
        askedAt,
        answerBy,
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'requests_access_once')) throw error;
      throw new Refusal('request_pending', 'The same was asked for already and waits for its answer.');
    }
    await appendFact(tx, by, askedAt, {
      verb: 'access.requested',
      subjectKind: 'identity',
      subjectId: identityId,
      payload: {
        requestId: id,
        policyId,
        policyVersion,
        applicationId,
        entitlement: wish.entitlement ?? null,
        minutes,
        reason,
      },
    });
    return getRequest(tx, id);
  }

  private async askApprover(tx: Tx, by: Actor, request: AccessRequest, person: Person, offer: Offer): Promise<void> {
    const approver = await findApprover(tx, offer.terms.approval, person, offer.applicationId);
    await tx.repository(Approval).insert({
      tenantId: tx.tenantId,
      id: newId(),
      requestId: request.id,
      approverKind: approver.kind,
      approverId: approver.id,
    });
    if (approver.kind !== 'policy') return;
    const policy: Actor = { actor: `policy:${offer.policyId}`, door: 'access', ...(by.cause && { cause: by.cause }) };
    await carryOutRequest(
      tx,
      { by: policy, reason: 'The policy answers by itself.', now: this.clock.now() },
      request,
      this.events,
    );
  }
}

/** A request of the tenant, or a refusal. */
export async function getRequest(tx: Tx, id: string): Promise<AccessRequest> {
  const request = await tx.repository(AccessRequest).findOneBy({ tenantId: tx.tenantId, id });
  if (!request) throw requestNotFound(id);
  return request;
}

const requestNotFound = (id: string): Refusal =>
  new Refusal('request_not_found', `There is no request with the id ${id}.`);

/** The answer came before. */
export const decidedAlready = (state: string): Refusal =>
  new Refusal('request_decided', `The request is ${state}; there is nothing left to decide.`);
