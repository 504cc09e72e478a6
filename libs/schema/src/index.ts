import { CreateRoles1764000000000, CreateTimers1764000000001 } from '@tenure/platform';
import { Admin, ApiKey, CreateTenancy1764000001000, IdempotentAnswer, Session, Tenant } from '@tenure/tenancy';
import { CreateJournal1764000002000, JournalEntry, JournalHead, JournalPayload } from '@tenure/journal';
import { CreateIdentities1764000003000, Identity, Source, SourceRecord } from '@tenure/identity';
import {
  Account,
  Application,
  CreateApplications1764000004000,
  Entitlement,
  EntitlementMember,
} from '@tenure/applications';
import { CreateAccess1764000005000, Grant, Policy, PolicyVersion, Recompute } from '@tenure/access';
import { CreateOperations1764000006000, Operation } from '@tenure/provisioning';
import { CreateInbound1764000007000, Import, ImportRow, InboundEvent } from '@tenure/hrms-sync';
import { CreateSaml1764000008000, SamlAssertionRow, SamlConnectionRow, SamlRequestRow } from '@tenure/saml-jit';

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
];

/** Every table that the processes read and write. */
export const ENTITIES = [
  Tenant, Admin, ApiKey, Session, IdempotentAnswer, JournalEntry, JournalPayload, JournalHead, Source, SourceRecord, Identity,
  Application, Account, Entitlement, EntitlementMember, Policy, PolicyVersion, Grant, Recompute, Operation, InboundEvent, Import,
  ImportRow, SamlConnectionRow, SamlRequestRow, SamlAssertionRow,
]; // prettier-ignore
