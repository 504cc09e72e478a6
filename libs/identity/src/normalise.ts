/** The form in which userNames and e-mail addresses are compared: Unicode NFKC, lower case, trimmed. */
export const keyOf = (value: string | null | undefined): string | null => {
  const key = value?.normalize('NFKC').trim().toLowerCase();
  return key === undefined || key === '' ? null : key;
};
