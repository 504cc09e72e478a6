/** What may be said of a person. Documents the body; `readPerson` checks it, and lists each mistake. */
export class PersonDto {
  userName?: string | null;
  email?: string | null;
  givenName?: string | null;
  familyName?: string | null;
  displayName?: string | null;
  employeeNumber?: string | null;
  title?: string | null;
  jobCode?: string | null;
  department?: string | null;
  managerEmployeeNumber?: string | null;
  employmentType?: string | null;
  location?: string | null;
  country?: string | null;
  /** IANA name, as `Europe/Berlin`. */
  timeZone?: string | null;
  /** `active`, `on_leave`, `suspended` or `terminated`. */
  status?: string | null;
  /** `YYYY-MM-DD`; begins at 00:00 in the person's time zone. */
  startDate?: string | null;
  /** `YYYY-MM-DD`: the last working day. */
  endDate?: string | null;
  /** `YYYY-MM-DD`: the first day of a leave. */
  leaveStartDate?: string | null;
  /** `YYYY-MM-DD`: the last day of a leave. */
  leaveEndDate?: string | null;
  groups?: string[] | null;
  custom?: object | null;
}
