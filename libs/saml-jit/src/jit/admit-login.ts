import { keyOf, type Identity, type LinkTrust, type Person } from '@tenure/identity';
import { LoginRefused } from './login-refused.js';
import type { LoginRules } from './login-rules.js';
import type { MappedLogin } from './map-login.js';

/** The part of an address after its @, as domains are compared; null where there is none. */
export const domainOf = (email: string | null | undefined): string | null =>
  keyOf(email)?.split('@').at(-1)?.replace(/\.$/, '') ?? null;

/** Refuses a login by what it says itself: addresses and groups. */
export function admitLogin({ admit }: LoginRules, said: MappedLogin, before: Person | null): void {
  const domain = domainOf(said.person.email);
  if (admit.domains.length > 0 && (domain === null || !admit.domains.includes(domain)))
    throw new LoginRefused(
      'domain_not_admitted',
      'People with your address are not let in here.',
      domain === null ? 'The login has no e-mail address.' : 'The domain of the e-mail address is not admitted.',
    );
  if (admit.groups.length > 0) admitGroups(admit.groups, said, before);
}

/** An identity provider that leaves the groups out says that there are none; one with too many says nothing of them. */
function admitGroups(admitted: readonly string[], said: MappedLogin, before: Person | null): void {
  const words = 'You are in no group that is let in here.';
  const unreadable = said.told.find(({ target, isUnreadable }) => target === 'groups' && isUnreadable === true);
  if (unreadable !== undefined)
    throw new LoginRefused('groups_unreadable', words, `The groups cannot be read: ${unreadable.fault ?? ''}.`);
  const groups = said.groupsUnknown ? before?.groups : (said.person.groups ?? []);
  if (groups == null)
    throw new LoginRefused(
      'groups_unknown',
      words,
      'The identity provider has more groups than it sends, and none are known from before.',
    );
  if (groups.some((group) => admitted.includes(group))) return;
  throw new LoginRefused('group_missing', words, `The person is in none of the groups that are admitted.`);
}

/** Who may not come in, and why: refused before anything is written. */
const SHUT_OUT: Readonly<Partial<Record<Identity['state'], string>>> = {
  terminated: 'This person has left.',
  purged: 'This person has left.',
  suspended: 'This person is suspended.',
  staged: 'This person’s first day is still to come.',
};

/** Refuses a login by whom it belongs to, or may belong to; null: nobody is known by it. */
export function admitPerson({ jit, admit }: LoginRules, identity: Pick<Identity, 'state'> | null): void {
  if (identity === null) {
    if (jit === 'create') return;
    throw new LoginRefused(
      'person_unknown',
      'Nobody here is known by this login.',
      'Nobody is known by this login, and this connection lets in only people who are known already.',
    );
  }
  const reason = SHUT_OUT[identity.state];
  if (reason !== undefined) throw new LoginRefused('person_shut_out', reason, `${reason} State: ${identity.state}.`);
  if (identity.state === 'on_leave' && admit.onLeave === false)
    throw new LoginRefused('person_on_leave', 'This person is on leave.');
}

/** What a connection's login may be given to somebody by. */
export const trustOf = ({ match, domains }: LoginRules, { email }: Person): LinkTrust => ({
  keys: {
    ...(match.employeeNumber ? {} : { employeeNumber: 'no' }),
    email: (match.verifiedEmail ?? true) && domains.includes(domainOf(email) ?? '') ? 'alone' : 'no',
  },
  scimExternalId: match.externalId !== null,
});
