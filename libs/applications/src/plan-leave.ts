import {
  LEAVE_STEPS,
  type DisableReason,
  type LeavePlan,
  type LeaveStepKind,
  type Playbook,
} from './application-rules.js';

/** One step of a leave, before it is anybody's. */
export interface PlannedLeaveStep {
  readonly kind: LeaveStepKind;
  readonly position: number;
  readonly dueAt: Date;
  readonly toIdentityId: string | null;
}

const DAY_MS = 86_400_000;

/** What follows without a word in the playbook. Nothing is moved or deleted unless somebody asked for it. */
const DEFAULTS: Readonly<Record<DisableReason, LeavePlan>> = {
  left: { endSessions: true, removeEntitlements: true, transferTo: null, reclaimLicence: false, deleteAfterDays: null },
  suspended: {
    endSessions: true,
    removeEntitlements: false,
    transferTo: null,
    reclaimLicence: false,
    deleteAfterDays: null,
  },
  lost: {
    endSessions: false,
    removeEntitlements: true,
    transferTo: null,
    reclaimLicence: false,
    deleteAfterDays: null,
  },
};

/** What an application's accounts go through for one reason. */
export const leavePlanOf = (playbook: Playbook, reason: DisableReason): LeavePlan => ({
  ...DEFAULTS[reason],
  ...playbook[reason],
});

/**
 * The steps that follow the disabling itself, in order. What a person owns is moved before the account is read back, and
 * that before it is deleted. `managerId`: the person's manager when it began; a transfer to nobody stays, and a person decides.
 */
export function planLeave(
  playbook: Playbook,
  reason: DisableReason,
  managerId: string | null,
  now: Date,
): readonly PlannedLeaveStep[] {
  const plan = leavePlanOf(playbook, reason);
  const wanted: Readonly<Record<LeaveStepKind, boolean>> = {
    disable: true,
    end_sessions: plan.endSessions,
    remove_entitlements: plan.removeEntitlements,
    transfer: plan.transferTo !== null,
    reclaim_licence: plan.reclaimLicence,
    read_back: true,
    delete: plan.deleteAfterDays !== null,
  };
  const heir = plan.transferTo === 'manager' ? managerId : (plan.transferTo?.identityId ?? null);
  const deleteAt = new Date(now.getTime() + (plan.deleteAfterDays ?? 0) * DAY_MS);
  return LEAVE_STEPS.map((kind, position) => ({ kind, position })).flatMap(({ kind, position }) =>
    wanted[kind]
      ? [{ kind, position, dueAt: kind === 'delete' ? deleteAt : now, toIdentityId: kind === 'transfer' ? heir : null }]
      : [],
  );
}
