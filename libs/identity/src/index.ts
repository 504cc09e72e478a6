import './erasures.js';
export { Absences, supersedeEmptied, type ListedRecord, type MissingPeople } from './absences.js';
export { Case, CASE_SUBJECTS, type CaseKind, type CaseState, type CaseSubject } from './case.entity.js';
export { closeCases, getOpenCase, openCase, type CaseInput } from './cases.js';
export { Corrections } from './corrections.js';
export { findByKeyColumns, type IdentityKeyColumn } from './find-by-key-columns.js';
export { Hold, type HeldEffect, type HoldState } from './hold.entity.js';
export { decideHold, openHold, type EffectLimit, type HoldInput } from './holds.js';
export { type LinkTrust, type StatementInput } from './statement.js';
export { GroupedStatements } from './grouped-statements.js';
export { Identities, type Apart, type StatementOutcome } from './identities.js';
export { dueIdentitiesTimer } from './identity-clock.js';
export { IdentityKey } from './identity-key.entity.js';
export { type IdentitySettings } from './identity-settings.js';
export { IdentityRules } from './identity-rules.js';
export { Links } from './links.js';
export { Merges, type MergeInput } from './merges.js';
export { Overrides, type OverrideInput } from './overrides.js';
export { Settlements } from './settlements.js';
export { ErasedPerson, ErasureSecret } from './erased-people.entity.js';
export { Identity } from './identity.entity.js';
export { bindIdentity, IDENTITY_SCHEMA } from './identity-schema.js';
export { lockBehind } from './identity-store.js';
export { findRecord } from './record-store.js';
export { mergeStatement } from './merge-statement.js';
export { CreateIdentities1764000003000 } from './migrations/1764000003000-create-identities.js';
export { CompleteIdentities1764200002000 } from './migrations/1764200002000-complete-identities.js';
export { RetireSources1764200012000 } from './migrations/1764200012000-retire-sources.js';
export { TellCorrections1764820000000 } from './migrations/1764820000000-tell-corrections.js';
export { KeepWhenScheduled1764820000002 } from './migrations/1764820000002-keep-when-scheduled.js';
export { endsUnknown, lockRecord, UNKNOWN_END } from './unknown-end.js';
export { RememberErased1764820000005 } from './migrations/1764820000005-remember-erased.js';
export { ERASED } from './forget-person.js';
export { ChooseDeactivations1764820000001 } from './migrations/1764820000001-choose-deactivations.js';
export { keyOf } from './normalise.js';
export { plainIdentifier, plainText } from './plain-text.js';
export { Override } from './override.entity.js';
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
} from './person.js';
export { assertSpeaks, Retirements, type Retirement, type RetirePeople } from './retire-sources.js';
export { effectiveFault, momentOf, needsZone, readTime, waits, type Effective } from './schedules-decide.js';
export { listScheduled, type ScheduledChange } from './schedules-list.js';
export { Schedules, zonesOf, type Scheduled } from './schedules.js';
export { SettingsReader } from './settings-reader.js';
export { ScheduledStatement } from './scheduled-statement.entity.js';
export { Settlement } from './settlement.entity.js';
export { SourceRecord } from './source-record.entity.js';
export { SourceGroup } from './source-group.entity.js';
export { forgetGroup, getSourceGroup, stateGroup } from './source-groups.js';
export { NameSourceGroups1764420000000 } from './migrations/1764420000000-name-source-groups.js';
export { Source, SOURCE_DEACTIVATIONS, type SourceDeactivation, type SourceKind } from './source.entity.js';
export { getSource, Sources, type CreatedSource, type NewSource } from './sources.js';
export { IdentityModule } from './identity.module.js';
export { IndexDuePeopleByTenant1764800001000 } from './migrations/1764800001000-index-due-people-by-tenant.js';
export { WORK } from './work.js';
