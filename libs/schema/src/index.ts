import { CreateRoles1764000000000, CreateTimers1764000000001 } from '@tenure/platform';
import {
  AddSettings1764200001000, Admin, ApiKey, CreateTenancy1764000001000, IdempotentAnswer, IndexSessionsOfIdentity1764700000001, RenewSessions1764510000001, Session, Setting, Tenant, KeepHeadersOfAnswers1764830000000 } from '@tenure/tenancy'; // prettier-ignore
import { CreateJournal1764000002000, JournalEntry, JournalHead, JournalPayload } from '@tenure/journal';
import {
  Case, CompleteIdentities1764200002000, CreateIdentities1764000003000, Hold, Identity, IdentityKey, NameSourceGroups1764420000000, Override,
  RetireSources1764200012000, ScheduledStatement, Settlement, Source, SourceGroup, SourceRecord,
  IndexDuePeopleByTenant1764800001000,
} from '@tenure/identity'; // prettier-ignore
import {
  Account,
  AddProtection1764200003000,
  Application,
  CompleteApplications1764300000000,
  CreateApplications1764000004000,
  AddSettleWaits1764800000000,
  CreateLeaveSteps1764300001000,
  Entitlement,
  EntitlementMember,
  InitialCredential,
  LeaveStep,
  PushEntitlements1764300002000,
  Reservation,
} from '@tenure/applications';
import {
  AccessRequest, Approval, CompleteAccess1764200004000, CreateAccess1764000005000, FindGrantsOfEntitlements1764421000000, Grant, Policy, PolicyVersion, Recompute,
  IndexDueRulesByTenant1764800002000,
} from '@tenure/access'; // prettier-ignore
import {
  AddSafetyBudgets1764302000000,
  ApplicationHealth,
  BudgetSpend,
  BulkOrder,
  CreateApplicationHealth1764301000000,
  CreateOperations1764000006000,
  ForgetOldScans1764424000000,
  GroupPush,
  HeldItem,
  PushGroups1764422000000,
  CreateScans1764303000000,
  DriftFinding,
  Operation,
  ReportItem,
  Scan,
  ScannedAccount,
  ScannedEntitlement,
  ScannedMember,
  UnknownAccount,
  PartitionOperations1764302001000,
} from '@tenure/provisioning';
import {
  CompleteImports1764200013000,
  CreateInbound1764000007000,
  Import,
  ImportRow,
  InboundEvent,
} from '@tenure/hrms-sync';
import {
  AddScimManagers1764600001000, AddScimTypes1764600000000, CompleteScim1764400000000, FoldSchemasAnew1764710001000, LeaveExternalIdsToClients1764710000000, ScimGroup, ScimGroupMember, ScimManager, ScimRefolding, ScimRegrouping, ScimRequest, ScimResource, ScimResourceType, ScimSchema,
  ScimSourceOptions, ScimUniqueValue, SourceToken, TellGroups1764423000000,
  IndexUnknownManagersByTenant1764800003000,
  ShowVersionsOfUsers1764840000000,
} from '@tenure/scim'; // prettier-ignore
import {
  AddLoginDefaults1764700000002, AddLoginRules1764510000000, AddSamlBindings1764700000000, CompleteSamlConnections1764500000000, CreateSaml1764000008000, SamlAssertionRow, SamlConnectionRow, SamlKeyRow,
  SamlRefusalRow, SamlRequestRow, SamlRulesRow, SamlSubjectRow, SamlTestRow,
  IndexDueConnectionsByTenant1764800004000,
} from '@tenure/saml-jit'; // prettier-ignore

/** Every migration, oldest first. */
export const MIGRATIONS = [
  CreateRoles1764000000000,
  CreateTimers1764000000001,
  CreateTenancy1764000001000,
  CreateJournal1764000002000,
  CreateIdentities1764000003000,
  CreateApplications1764000004000,
  CreateAccess1764000005000,
  CreateOperations1764000006000,
  CreateInbound1764000007000,
  CreateSaml1764000008000,
  AddSettings1764200001000,
  CompleteIdentities1764200002000,
  AddProtection1764200003000,
  CompleteAccess1764200004000,
  RetireSources1764200012000,
  CompleteImports1764200013000,
  CompleteApplications1764300000000,
  CreateLeaveSteps1764300001000,
  PushEntitlements1764300002000,
  CreateApplicationHealth1764301000000,
  AddSafetyBudgets1764302000000,
  PartitionOperations1764302001000,
  CreateScans1764303000000,
  CompleteScim1764400000000,
  NameSourceGroups1764420000000,
  FindGrantsOfEntitlements1764421000000,
  PushGroups1764422000000,
  TellGroups1764423000000,
  ForgetOldScans1764424000000,
  CompleteSamlConnections1764500000000,
  AddLoginRules1764510000000,
  RenewSessions1764510000001,
  AddScimTypes1764600000000,
  AddScimManagers1764600001000,
  AddSamlBindings1764700000000,
  IndexSessionsOfIdentity1764700000001,
  AddLoginDefaults1764700000002,
  LeaveExternalIdsToClients1764710000000,
  FoldSchemasAnew1764710001000,
  AddSettleWaits1764800000000,
  IndexDuePeopleByTenant1764800001000,
  IndexDueRulesByTenant1764800002000,
  IndexUnknownManagersByTenant1764800003000,
  IndexDueConnectionsByTenant1764800004000,
  KeepHeadersOfAnswers1764830000000,
  ShowVersionsOfUsers1764840000000,
];

/** Every table that the processes read and write. */
export const ENTITIES = [
  Tenant, Setting, Admin, ApiKey, Session, IdempotentAnswer, JournalEntry, JournalPayload, JournalHead, Source, SourceGroup, SourceRecord, Identity, IdentityKey, Override,
  ScheduledStatement, Case, Hold, Settlement,
  Scan, ScannedAccount, ScannedEntitlement, ScannedMember, ReportItem, DriftFinding, UnknownAccount,
  Application, ApplicationHealth, Account, Entitlement, EntitlementMember, LeaveStep, Reservation, InitialCredential, Policy, PolicyVersion, Grant,
  Recompute, AccessRequest, Approval, Operation, BudgetSpend, GroupPush, HeldItem, BulkOrder, InboundEvent, Import,
  ImportRow, ScimGroup, ScimGroupMember, ScimManager, ScimRefolding, ScimRegrouping, ScimRequest, ScimSchema, ScimResourceType, ScimResource, ScimUniqueValue,
  ScimSourceOptions, SourceToken, SamlConnectionRow, SamlRequestRow, SamlAssertionRow,
  SamlKeyRow, SamlSubjectRow, SamlRulesRow, SamlRefusalRow, SamlTestRow,
]; // prettier-ignore
