/** How a message of ours gets to the identity provider, with the browser. */
export const BINDINGS = ['HTTP-Redirect', 'HTTP-POST'] as const;
export type Binding = (typeof BINDINGS)[number];

/** A message that the browser takes: in an address, or as a form. */
export type OutboundMessage =
  | { readonly binding: 'HTTP-Redirect'; readonly url: string }
  | { readonly binding: 'HTTP-POST'; readonly action: string; readonly fields: Readonly<Record<string, string>> };
