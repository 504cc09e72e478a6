/** `attribute eq "value"` as RFC 7644 §3.4.2.2 writes it: the value is a JSON string, so quotes and backslashes are escaped. */
export function equals(attribute: string, value: string): string {
  return `${attribute} eq ${JSON.stringify(value)}`;
}
