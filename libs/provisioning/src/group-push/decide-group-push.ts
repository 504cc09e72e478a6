import type { GroupPush } from './group-push.entity.js';

/** What is left of a push that ends. */
export interface PushLeft {
  /** Somebody is still granted it by the push. */
  readonly granted: boolean;
  /** Somebody is a member in the application, or may be, or its removal is held. */
  readonly held: boolean;
}

/** What is to be done about a push, given what its group is now. */
export type PushStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'rename'; readonly name: string }
  | { readonly kind: 'wait'; readonly for: string }
  | { readonly kind: 'end'; readonly deletes: boolean };

/**
 * A group with another name is renamed in the application. One that is gone is deleted there, but only once everybody has
 * left it by the usual way, with its budgets: a group that was deleted by mistake does not take the members with it unseen.
 */
export function decideGroupPush(
  push: Pick<GroupPush, 'followsName' | 'onEnd' | 'state'>,
  group: { readonly name: string; readonly isDeleted: boolean },
  appliedName: string,
  left: PushLeft,
): PushStep {
  if (push.state === 'ended') return { kind: 'none' };
  if (push.state === 'following' && !group.isDeleted)
    return push.followsName && group.name.normalize('NFC') !== appliedName.normalize('NFC')
      ? { kind: 'rename', name: group.name }
      : { kind: 'none' };
  if (left.granted) return { kind: 'wait', for: 'Its members are still granted it.' };
  if (push.onEnd === 'keep') return { kind: 'end', deletes: false };
  if (left.held)
    return { kind: 'wait', for: 'It still has members in the application, or their removal waits for somebody.' };
  return { kind: 'end', deletes: true };
}
