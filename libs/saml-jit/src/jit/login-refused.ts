/** Reasons for which somebody whose message is in order is not let in. */
export type LoginRefusalCode =
  | 'key_transient'
  | 'key_missing'
  | 'key_ambiguous'
  | 'key_taken'
  | 'key_unproven'
  | 'domain_not_admitted'
  | 'group_missing'
  | 'groups_unknown'
  | 'groups_unreadable'
  | 'person_shut_out'
  | 'person_on_leave'
  | 'person_unknown'
  | 'licences_used_up'
  | 'email_taken'
  | 'login_unresolved'
  | 'test_over';

/** A verified login that the connection's rules, or the person's state, refuse: words for the person, the reason for the admin. */
export class LoginRefused extends Error {
  constructor(
    readonly code: LoginRefusalCode,
    readonly words: string,
    /** Without any personal value. */
    readonly reason = words,
  ) {
    super(`Login refused: ${reason}`);
    this.name = 'LoginRefused';
  }
}
