/** The form in which userNames and e-mail addresses are compared: Unicode NFKC, lower case, trimmed. */
export const keyOf = (value: string | null | undefined): string | null => {
  // Lower case can compose what upper case could not (J̌ → ǰ), so it is normalised once more.
  const key = value?.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
  return key === undefined || key === '' ? null : key;
};
