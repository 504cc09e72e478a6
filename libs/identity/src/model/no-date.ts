/** Fields in which a date that is far from any working life means that there is none. */
export const OPEN_DATES = ['endDate', 'leaveStartDate', 'leaveEndDate'] as const;

const FIRST_YEAR = 1971;
const LAST_YEAR = 2098;

/**
 * Whether a text is what HR systems write for "no date": years before the epoch or from 2099 on (0001-01-01, 1900-01-01,
 * 9999-12-31), in any usual order of day, month and year, or zeros alone.
 */
export function isNoDate(text: string): boolean {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})(?:T[\d:.]+Z?)?$|^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text.trim());
  if (parts === null) return false;
  const year = Number(parts[1] ?? parts[6]);
  return year < FIRST_YEAR || year > LAST_YEAR;
}
