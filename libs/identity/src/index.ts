import './erasures.js';
export { Absences, supersedeEmptied, type ListedRecord, type MissingPeople } from './absence/absences.js';
export { Case, CASE_SUBJECTS, type CaseKind, type CaseState, type CaseSubject } from './cases/case.entity.js';
export { closeCases, getOpenCase, openCase, type CaseInput } from './cases/cases.js';
export { Corrections } from './decisions/corrections.js';
export { findByKeyColumns, type IdentityKeyColumn } from './correlation/find-by-key-columns.js';
export { Hold, type HeldEffect, type HoldState } from './cases/hold.entity.js';
export { decideHold, openHold, type EffectLimit, type HoldInput } from './cases/holds.js';
export { type LinkTrust, type StatementInput } from './model/statement.js';
export { GroupedStatements } from './statement/grouped-statements.js';
export { Identities, type Apart, type StatementOutcome } from './statement/identities.js';
export { dueIdentitiesTimer } from './schedule/identity-clock.js';
export { IdentityKey } from './model/identity-key.entity.js';
export { type IdentitySettings } from './rules/identity-settings.js';
export { IdentityRules } from './decisions/identity-rules.js';
export { Links } from './decisions/links.js';
export { Merges, type MergeInput } from './decisions/merges.js';
export { Overrides, type OverrideInput } from './decisions/overrides.js';
export { Settlements } from './decisions/settlements.js';
export { ErasedPerson, ErasureSecret } from './lifecycle/erased-people.entity.js';
export { Identity } from './model/identity.entity.js';
export { bindIdentity, IDENTITY_SCHEMA } from './model/identity-schema.js';
export { lockBehind } from './lifecycle/identity-store.js';
export { findRecord } from './record/record-store.js';
export { mergeStatement } from './record/merge-statement.js';
export { CreateIdentities1764000003000 } from './migrations/1764000003000-create-identities.js';
export { CompleteIdentities1764200002000 } from './migrations/1764200002000-complete-identities.js';
export { RetireSources1764200012000 } from './migrations/1764200012000-retire-sources.js';
export { TellCorrections1764820000000 } from './migrations/1764820000000-tell-corrections.js';
export { KeepWhenScheduled1764820000002 } from './migrations/1764820000002-keep-when-scheduled.js';
export { endsUnknown, lockRecord, UNKNOWN_END } from './statement/unknown-end.js';
export { RememberErased1764820000005 } from './migrations/1764820000005-remember-erased.js';
export { ERASED } from './lifecycle/forget-person.js';
export { ChooseDeactivations1764820000001 } from './migrations/1764820000001-choose-deactivations.js';
export { keyOf } from './model/normalise.js';
export { plainIdentifier, plainText } from './model/plain-text.js';
export { Override } from './model/override.entity.js';
export {
  hasLeft,
  isPersonField,
  PERSON_FIELDS,
  readPerson,
  type Lineage,
  type LifecycleState,
  type Origin,
  type Person,
  type PersonField,
} from './model/person.js';
export { assertSpeaks, Retirements, type Retirement, type RetirePeople } from './absence/retire-sources.js';
export { effectiveFault, momentOf, needsZone, readTime, waits, type Effective } from './schedule/schedules-decide.js';
export { listScheduled, type ScheduledChange } from './schedule/schedules-list.js';
export { Schedules, zonesOf, type Scheduled } from './schedule/schedules.js';
export { SettingsReader } from './rules/settings-reader.js';
export { ScheduledStatement } from './schedule/scheduled-statement.entity.js';
export { Settlement } from './decisions/settlement.entity.js';
export { SourceRecord } from './model/source-record.entity.js';
export { SourceGroup } from './model/source-group.entity.js';
export { forgetGroup, getSourceGroup, stateGroup } from './source/source-groups.js';
export { NameSourceGroups1764420000000 } from './migrations/1764420000000-name-source-groups.js';
export { Source, SOURCE_DEACTIVATIONS, type SourceDeactivation, type SourceKind } from './model/source.entity.js';
export { getSource, Sources, type CreatedSource, type NewSource } from './source/sources.js';
export { IdentityModule } from './identity.module.js';
export { IndexDuePeopleByTenant1764800001000 } from './migrations/1764800001000-index-due-people-by-tenant.js';
export { WORK } from './work.js';
